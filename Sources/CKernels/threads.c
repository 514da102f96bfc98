#include "osteon_threads.h"

#include "osteon_cpu.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() ((void)0)
#endif

/// Looks at a shared number before a thread goes to sleep; none where threads would take the processor from those that work.
enum { SPINS = 4000 };

/// Loops run on this many threads at least, processors or not, so that what only threads show shows on small machines too.
enum { LEAST_CAP = 4 };

typedef struct {
    osteon_body body;
    void *context;
    size_t count;
    atomic_size_t next;
    /// Workers that have joined and may still touch this job.
    atomic_int active;
} job;

static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;   // held by the caller whose loop runs
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    // guards what follows
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static job current;
static atomic_uint generation;      // counts jobs; workers wait for it to change
static int workers;                 // threads started, the caller not counted
static int most_workers = OSTEON_MAX_THREADS - 1;   // fewer once the system has refused one
static int places;                  // workers that may still join the current job
static int joined;                  // workers that have joined it
static int processors;              // 0 until it's asked
static atomic_int spins;
static atomic_int limit = OSTEON_MAX_THREADS;
static _Thread_local int inside;

static void run_items(job *j, int thread) {
    inside = 1;
    for (;;) {
        size_t index = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
        if (index >= j->count) break;
        j->body(j->context, index, thread);
    }
    inside = 0;
}

static void *worker_main(void *argument) {
    (void)argument;
    unsigned seen = 0;
    for (;;) {
        int looks = atomic_load_explicit(&spins, memory_order_relaxed);
        for (int i = 0; i < looks && atomic_load_explicit(&generation, memory_order_acquire) == seen; i++) PAUSE();
        pthread_mutex_lock(&lock);
        while (atomic_load(&generation) == seen) pthread_cond_wait(&wake, &lock);
        seen = atomic_load(&generation);
        // Whoever comes late finds the job closed: nobody waits for a thread that hasn't begun.
        int thread = places > 0 ? ++joined : 0;
        if (thread) {
            places--;
            atomic_fetch_add(&current.active, 1);
        }
        pthread_mutex_unlock(&lock);
        if (!thread) continue;
        run_items(&current, thread);
        if (atomic_fetch_sub_explicit(&current.active, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&lock);
            pthread_cond_signal(&finished);
            pthread_mutex_unlock(&lock);
        }
    }
    return NULL;
}

/// Starts workers until `count` stand; `lock` is held. A refused thread leaves the pool as it is, for good.
static void start_workers(int count) {
    if (count > most_workers) count = most_workers;
    if (workers >= count) return;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (workers < count) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, worker_main, NULL)) {
            most_workers = workers;
            break;
        }
        workers++;
    }
    pthread_attr_destroy(&attributes);
    atomic_store(&spins, workers < processors ? SPINS : 0);
}

static void run_inline(size_t count, osteon_body body, void *context) {
    for (size_t i = 0; i < count; i++) body(context, i, 0);
}

void osteon_set_thread_limit(int threads) {
    atomic_store(&limit, threads < 1 || threads > OSTEON_MAX_THREADS ? OSTEON_MAX_THREADS : threads);
}

int osteon_thread_limit(void) { return atomic_load(&limit); }

void osteon_parallel_for(size_t count, int threads, osteon_body body, void *context) {
    int most = atomic_load_explicit(&limit, memory_order_relaxed);
    if (threads > most) threads = most;
    if (count <= 1 || threads <= 1 || inside || pthread_mutex_trylock(&owner)) {
        run_inline(count, body, context);
        return;
    }
    pthread_mutex_lock(&lock);
    if (!processors) processors = osteon_processor_count();
    int cap = processors > LEAST_CAP ? processors : LEAST_CAP;
    int helpers = (threads < cap ? threads : cap) - 1;
    if ((size_t)helpers > count - 1) helpers = (int)(count - 1);
    start_workers(helpers);
    if (helpers > workers) helpers = workers;
    current.body = body;
    current.context = context;
    current.count = count;
    atomic_store(&current.next, 0);
    places = helpers;
    joined = 0;
    atomic_fetch_add(&generation, 1);
    for (int i = 0; i < helpers; i++) pthread_cond_signal(&wake);
    pthread_mutex_unlock(&lock);

    run_items(&current, 0);

    pthread_mutex_lock(&lock);
    places = 0;
    pthread_mutex_unlock(&lock);
    int looks = atomic_load_explicit(&spins, memory_order_relaxed);
    for (int i = 0; i < looks && atomic_load_explicit(&current.active, memory_order_acquire); i++) PAUSE();
    if (atomic_load_explicit(&current.active, memory_order_acquire)) {
        pthread_mutex_lock(&lock);
        while (atomic_load(&current.active)) pthread_cond_wait(&finished, &lock);
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_unlock(&owner);
}
