#include "build.h"

const char *qrpay_build_commit(void) { return QRPAY_COMMIT; }
