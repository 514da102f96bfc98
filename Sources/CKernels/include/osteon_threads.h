// One pool of persistent threads for the whole process.
#ifndef OSTEON_THREADS_H
#define OSTEON_THREADS_H

#include <stddef.h>

/// Does item `index`; `thread` is below `osteon_thread_count()` and no two items with one `thread` run at once.
typedef void (*osteon_body)(void *context, size_t index, int thread);

/// Runs `body` for each index below `count` on the pool's threads and the caller, and returns when all are done.
/// Items are handed out in order, one at a time. A call from inside a body, or while another caller has the
/// pool, runs inline on the calling thread, as thread 0 of its own.
void osteon_parallel_for(size_t count, osteon_body body, void *context);

/// How many threads take part, the caller included.
int osteon_thread_count(void);

/// Sets that number (1 to 256); takes effect at the next parallel loop. 0 means one for each processor.
void osteon_set_thread_count(int count);

#endif
