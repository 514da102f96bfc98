// One pool of persistent threads for the whole process.
#ifndef OSTEON_THREADS_H
#define OSTEON_THREADS_H

#include <stddef.h>

/// Does item `index`; `thread` is below the loop's `threads`, and no two items with one `thread` run at once.
typedef void (*osteon_body)(void *context, size_t index, int thread);

/// The most threads a loop can have.
#define OSTEON_MAX_THREADS 256

/// Runs `body` for each index below `count` on `threads` threads, the caller being one, and returns when all are
/// done. Items are handed out in order, one at a time. A call from inside a body, or while another caller has the
/// pool, runs inline on the calling thread, as thread 0 of its own loop.
void osteon_parallel_for(size_t count, int threads, osteon_body body, void *context);

#endif
