// Osteon's C side: element conversion, the thread pool and the CPU kernels. Each header names its own subject.
#ifndef OSTEON_CKERNELS_H
#define OSTEON_CKERNELS_H

#include "osteon_byte_product.h"
#include "osteon_convert.h"
#include "osteon_conv.h"
#include "osteon_cpu.h"
#include "osteon_distance.h"
#include "osteon_gemm.h"
#include "osteon_loops.h"
#include "osteon_ops.h"
#include "osteon_storage.h"
#include "osteon_statistics.h"
#include "osteon_threads.h"
#include "osteon_volume.h"

#endif
