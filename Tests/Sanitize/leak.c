// Loses a piece of memory in a program that it is loaded into, by LD_PRELOAD: what looks for leaks
// has to find it.
#include <stdlib.h>

static void *volatile kept;

__attribute__((constructor)) static void lose(void) {
    kept = malloc(123);
    kept = NULL;
}
