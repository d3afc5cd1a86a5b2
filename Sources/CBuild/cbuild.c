#include "cbuild.h"

// make writes commit.h before it builds and removes it afterwards, so that a plain swift build
// never names a commit of another day.
#if __has_include("commit.h")
#include "commit.h"
#endif

#ifndef CONSIM_COMMIT
#define CONSIM_COMMIT "unknown commit"
#endif

const char *consim_commit(void) { return CONSIM_COMMIT; }
