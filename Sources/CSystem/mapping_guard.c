#include "include/mapping_guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most_guards = 1 << 14 };

/// A slot is in use while `taken` is set; the handler reads it while `start` isn't 0.
typedef struct {
    atomic_uintptr_t start, end;
    atomic_uint faults;
    atomic_int taken;
} guard_slot;

static guard_slot slots[most_guards];
/// Slots from here on were never used.
static atomic_int used;
static uintptr_t page_size;
static struct sigaction previous;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// Only what's safe in a signal handler: atomic loads and one system call, by number.
static int put_zeros(uintptr_t address) {
    int count = atomic_load(&used);
    for (int i = 0; i < count; i++) {
        uintptr_t start = atomic_load(&slots[i].start), end = atomic_load(&slots[i].end);
        if (!start || address < start || address >= end || atomic_load(&slots[i].start) != start) continue;
        uintptr_t page = address & ~(page_size - 1), stop = (end + page_size - 1) & ~(page_size - 1);
        atomic_fetch_add(&slots[i].faults, 1);
        long result = syscall(SYS_mmap, page, stop - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        return result == (long)page;
    }
    return 0;
}

static void on_fault(int number, siginfo_t *info, void *context) {
    if (info && put_zeros((uintptr_t)info->si_addr)) return;
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
        // The instruction faults again, and the process ends as it would have.
        struct sigaction standard = {.sa_handler = SIG_DFL};
        sigaction(SIGBUS, &standard, NULL);
    } else {
        previous.sa_handler(number);
    }
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous);
}

int osteon_guard_add(const void *start, size_t count) {
    if (!start || !count) return -1;
    pthread_once(&once, install);
    for (int i = 0; i < most_guards; i++) {
        int expected = 0;
        if (!atomic_compare_exchange_strong(&slots[i].taken, &expected, 1)) continue;
        atomic_store(&slots[i].faults, 0);
        atomic_store(&slots[i].end, (uintptr_t)start + count);
        atomic_store(&slots[i].start, (uintptr_t)start);
        int seen = atomic_load(&used);
        while (seen <= i && !atomic_compare_exchange_weak(&used, &seen, i + 1)) {}
        return i;
    }
    return -1;
}

unsigned osteon_guard_faults(int guard) { return guard < 0 || guard >= most_guards ? 0 : atomic_load(&slots[guard].faults); }

void osteon_guard_remove(int guard) {
    if (guard < 0 || guard >= most_guards) return;
    atomic_store(&slots[guard].start, 0);
    atomic_store(&slots[guard].end, 0);
    atomic_store(&slots[guard].taken, 0);
}
