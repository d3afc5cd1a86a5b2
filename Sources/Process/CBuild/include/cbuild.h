#ifndef CBUILD_H
#define CBUILD_H

/// The commit that the program was built from, or "unknown commit".
const char *_Nonnull consim_commit(void);

/// A digest of the sources that can reach a result, or "unknown".
const char *_Nonnull consim_model_version(void);

#endif
