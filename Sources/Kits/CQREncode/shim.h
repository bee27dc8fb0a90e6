#pragma once

// Types and constants come from the header; the functions are looked up in the shared library on first use.

#include <qrencode.h>

#include "../CLibrary/functions.h"

#define QRENCODE_FUNCTIONS(F) \
    F(QRcode_encodeString)    \
    F(QRcode_free)            \
    F(QRcode_APIVersionString)

/// The functions of libqrencode in use, under their C names.
CLIBRARY_TABLE(QREncodeFunctions, qrencode_function_name, QRENCODE_FUNCTIONS)
