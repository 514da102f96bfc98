#ifndef OSTEON_CSYSTEM_H
#define OSTEON_CSYSTEM_H

#include "crc32c.h"
#include "mapping_guard.h"

/// Opens `path` read-only beneath `directory`, following no symbolic link and leaving the directory at no step.
/// Returns the descriptor, or -1 with `errno` set; `ENOSYS` where the kernel (before 5.6) or a sandbox lacks it.
int osteon_open_beneath(int directory, const char *path, int flags);

#endif
