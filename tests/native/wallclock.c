/*
 * A wall clock that a test sets: preloaded into a process, it adds the seconds in a mapped file to what the system's
 * wall clock shows. The monotonic clock stays as it is, as it does when an administrator or NTP sets the time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*system_gettime)(clockid_t, struct timespec *);
static const volatile int64_t *offset_seconds;

__attribute__((constructor)) static void prepare(void)
{
    const char *path = getenv("WALL_CLOCK_OFFSET_FILE");
    int file = path == NULL ? -1 : open(path, O_RDONLY);

    system_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (file < 0) abort();
    void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) abort();
    close(file);
    offset_seconds = mapped;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
    if (system_gettime == NULL) prepare();
    int result = system_gettime(id, now);
    if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset_seconds;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *seconds)
{
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return (time_t)-1;
    if (seconds != NULL) *seconds = precise.tv_sec;
    return precise.tv_sec;
}
