// Counts the calls by which a process changes files, and makes one of them (or all from one on) fail, be cut short, be interrupted, or kill the
// process. Preloaded by tools/checks/faults; it knows nothing of the program it is loaded into.
//
//   FAULT_LOG    a file that gets one line a call: number, call, path (appended with one write)
//   FAULT_AT     the number of the call, from 1; 0 or none for none
//   FAULT_KIND   kill (before the call), kill-after, short, eintr, or a number of errno
//   FAULT_LASTS  1 where every later call but unlink fails too, as on a full disk
//   FAULT_UNDER  only files whose path starts so count; a descriptor's path is that of /proc/self/fd
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

// What is to happen to a call.
enum fate { FATE_NONE, FATE_FAIL, FATE_SHORT, FATE_KILL_AFTER };

static int path_of(int descriptor, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (count < 0) return -1;
    path[count] = 0;
    return 0;
}

static enum fate decide(const char *call, const char *path) {
    const char *under = setting("FAULT_UNDER");
    char absolute[PATH_MAX];
    if (path[0] != '/') {
        if (!getcwd(absolute, sizeof absolute)) return FATE_NONE;
        size_t used = strlen(absolute);
        snprintf(absolute + used, sizeof absolute - used, "/%s", path);
        path = absolute;
    }
    if (under && strncmp(path, under, strlen(under)) != 0) return FATE_NONE;
    long number = atomic_fetch_add(&calls, 1) + 1;
    const char *log = setting("FAULT_LOG");
    if (log) {
        char line[PATH_MAX + 64];
        int count = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
        int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file >= 0) {
            if (syscall(SYS_write, file, line, (size_t)count) < 0) abort();
            syscall(SYS_close, file);
        }
    }
    const char *at = setting("FAULT_AT"), *kind = setting("FAULT_KIND");
    if (!at || !kind) return FATE_NONE;
    long wanted = atol(at);
    // A full disk still lets files be removed.
    int lasts = setting("FAULT_LASTS") != NULL && strcmp(call, "unlink") != 0;
    if (wanted <= 0 || (lasts ? number < wanted : number != wanted)) return FATE_NONE;
    if (strcmp(kind, "kill") == 0) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    if (strcmp(kind, "kill-after") == 0) return FATE_KILL_AFTER;
    if (strcmp(kind, "short") == 0) return FATE_SHORT;
    errno = strcmp(kind, "eintr") == 0 ? EINTR : atoi(kind);
    return FATE_FAIL;
}

static enum fate decide_for(const char *call, int descriptor) {
    char path[PATH_MAX];
    int saved = errno;
    if (path_of(descriptor, path) != 0) return FATE_NONE;
    errno = saved;
    return decide(call, path);
}

static long finish(enum fate fate, long result) {
    if (fate == FATE_KILL_AFTER) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    return result;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t count) {
    enum fate fate = decide_for("write", descriptor);
    if (fate == FATE_FAIL) return -1;
    if (fate == FATE_SHORT && count > 1) count /= 2;
    return finish(fate, syscall(SYS_write, descriptor, bytes, count));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    enum fate fate = decide_for("pwrite", descriptor);
    if (fate == FATE_FAIL) return -1;
    if (fate == FATE_SHORT && count > 1) count /= 2;
    return finish(fate, syscall(SYS_pwrite64, descriptor, bytes, count, offset));
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset) { return pwrite(descriptor, bytes, count, offset); }

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    enum fate fate = decide_for("writev", descriptor);
    if (fate == FATE_FAIL) return -1;
    if (fate == FATE_SHORT && count > 0) {
        struct iovec first = parts[0];
        if (first.iov_len > 1) first.iov_len /= 2;
        return syscall(SYS_writev, descriptor, &first, 1);
    }
    return finish(fate, syscall(SYS_writev, descriptor, parts, count));
}

#define ON_DESCRIPTOR(name)                                                                                                                \
    int name(int descriptor) {                                                                                                             \
        enum fate fate = decide_for(#name, descriptor);                                                                                    \
        if (fate == FATE_FAIL) return -1;                                                                                                  \
        return (int)finish(fate, REAL(name)(descriptor));                                                                                  \
    }
ON_DESCRIPTOR(fsync)
ON_DESCRIPTOR(fdatasync)

int ftruncate(int descriptor, off_t length) {
    enum fate fate = decide_for("ftruncate", descriptor);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, REAL(ftruncate)(descriptor, length));
}
int ftruncate64(int descriptor, off_t length) { return ftruncate(descriptor, length); }

int rename(const char *from, const char *to) {
    enum fate fate = decide("rename", to);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, REAL(rename)(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    enum fate fate = decide("renameat", to);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, REAL(renameat)(from_folder, from, to_folder, to));
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags) {
    enum fate fate = decide("renameat2", to);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

int link(const char *from, const char *to) {
    enum fate fate = decide("link", to);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, REAL(link)(from, to));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    enum fate fate = decide("linkat", to);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, REAL(linkat)(from_folder, from, to_folder, to, flags));
}

int unlink(const char *path) {
    enum fate fate = decide("unlink", path);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, REAL(unlink)(path));
}

int mkdir(const char *path, mode_t mode) {
    enum fate fate = decide("mkdir", path);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, REAL(mkdir)(path, mode));
}

// Opening counts where it may make a file.
static int opened(const char *call, int folder, const char *path, int flags, mode_t mode) {
    enum fate fate = FATE_NONE;
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) fate = decide(call, path);
    if (fate == FATE_FAIL) return -1;
    return (int)finish(fate, syscall(SYS_openat, folder, path, flags, mode));
}

#define MODE(flags)                                                                                                                        \
    mode_t mode = 0;                                                                                                                       \
    if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) {                                                                         \
        va_list list;                                                                                                                      \
        va_start(list, flags);                                                                                                             \
        mode = va_arg(list, mode_t);                                                                                                       \
        va_end(list);                                                                                                                      \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opened("open", AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened("open", AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opened("openat", folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opened("openat", folder, path, flags, mode); }
