// One pool of persistent threads for the whole process.
#ifndef OSTEON_THREADS_H
#define OSTEON_THREADS_H

#include <stddef.h>

/// Does item `index`; `thread` is below the loop's `threads`, and no two items with one `thread` run at once.
typedef void (*osteon_body)(void *context, size_t index, int thread);

/// The most threads a loop can have.
#define OSTEON_MAX_THREADS 256

/// Lets no loop have more threads than `threads` from now on, whatever it asks for; 0 takes the limit away.
void osteon_set_thread_limit(int threads);
int osteon_thread_limit(void);

/// Runs `body` for each index below `count` on up to `threads` threads, the caller being one, and returns when all are
/// done. Items are handed out in order, one at a time. Fewer threads take part where the processors are fewer (but for
/// a few), the limit is lower or the system starts no more; none is waited for that hasn't begun. A call from inside a
/// body, or while another caller has the pool, runs inline on the calling thread, as thread 0 of its own loop.
void osteon_parallel_for(size_t count, int threads, osteon_body body, void *context);

#endif
