#ifndef OSTEON_CRC32C_H
#define OSTEON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// The CRC-32C (Castagnoli, as in iSCSI, RFC 3720) of `count` bytes, continuing from `crc`; 0 begins.
uint32_t osteon_crc32c(uint32_t crc, const void *bytes, size_t count);
/// The same without the processor's instruction for it.
uint32_t osteon_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

#endif
