#include "CSystem.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's struct open_how and its flags, spelled out because older system headers lack linux/openat2.h.
struct open_how_v0 {
    uint64_t flags, mode, resolve;
};

enum {
    no_magic_links = 0x02,
    no_symbolic_links = 0x04,
    beneath = 0x08,
};

int osteon_open_beneath(int directory, const char *path, int flags) {
#ifdef SYS_openat2
    struct open_how_v0 how = {
        .flags = (uint64_t)flags,
        .resolve = no_magic_links | no_symbolic_links | beneath,
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
#else
    (void)directory, (void)path, (void)flags;
    errno = ENOSYS;
    return -1;
#endif
}
