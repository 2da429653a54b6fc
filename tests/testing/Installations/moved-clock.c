/* A clock that is off by as many seconds as a file says, for the one program that is named: to be preloaded. It can be set while the
   program runs; what counts evenly (CLOCK_MONOTONIC) is left alone. Prototypes are our own, so that no headers are needed. */
typedef struct { long seconds; long fraction; } moment;

extern void *dlsym(void *, const char *);
extern char *getenv(const char *);
extern int strcmp(const char *, const char *);
extern int open(const char *, int, ...);
extern int close(int);
extern void *mmap(void *, unsigned long, int, int, int, long);
extern char *program_invocation_short_name;

static const long none = 0;
static const volatile long *ahead = &none;
static int (*real)(int, moment *);

static int ask(int clock, moment *now) {
  if (!real) {
    real = (int (*)(int, moment *))dlsym((void *)-1L /* RTLD_NEXT */, "clock_gettime");
    const char *file = getenv("MOVED_CLOCK"), *program = getenv("MOVED_CLOCK_OF");
    if (file && program && !strcmp(program, program_invocation_short_name)) {
      int opened = open(file, 0 /* O_RDONLY */);
      void *mapped = mmap(0, sizeof(long), 1 /* PROT_READ */, 1 /* MAP_SHARED */, opened, 0);
      if (mapped != (void *)-1L) {
        ahead = mapped;
      }
      close(opened);
    }
  }
  return real(clock, now);
}

int clock_gettime(int clock, moment *now) {
  int result = ask(clock, now);
  if (clock == 0 /* CLOCK_REALTIME */ || clock == 5 /* CLOCK_REALTIME_COARSE */) {
    now->seconds += *ahead;
  }
  return result;
}

int gettimeofday(moment *now, void *zone) {
  int result = clock_gettime(0, now);
  now->fraction /= 1000;
  return result;
}

long time(long *seconds) {
  moment now;
  clock_gettime(0, &now);
  if (seconds) {
    *seconds = now.seconds;
  }
  return now.seconds;
}
