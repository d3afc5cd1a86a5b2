#include "cbuild.h"

// make writes commit.h before it builds and removes it afterwards, so that a plain swift build
// never names a commit or a model version of another day.
#if __has_include("commit.h")
#include "commit.h"
#endif

#ifndef CONSIM_COMMIT
#define CONSIM_COMMIT "unknown commit"
#endif

#ifndef CONSIM_MODEL
#define CONSIM_MODEL "unknown"
#endif

const char *consim_model_version(void) { return CONSIM_MODEL; }

const char *consim_commit(void) { return CONSIM_COMMIT; }
