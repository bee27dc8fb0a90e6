#pragma once

/// The commit that the program was built from, in hexadecimal; empty where the build was not told.
const char *_Nonnull qrpay_build_commit(void);
