#ifndef OSTEON_MAPPING_GUARD_H
#define OSTEON_MAPPING_GUARD_H

#include <stddef.h>

/// Guards a mapped file against being cut short while it's read: the processor's fault (SIGBUS) on a page of these `count`
/// bytes that the file no longer has puts zeros there, from that page to the end, and is counted. A fault anywhere else does what
/// it did before.
///
/// Returns a number for the two below, or -1 where too many files are guarded already.
int osteon_guard_add(const void *start, size_t count);
/// How often that has happened; what was read since the first time isn't the file.
unsigned osteon_guard_faults(int guard);
/// Ends the guard; call it before the bytes are unmapped.
void osteon_guard_remove(int guard);

#endif
