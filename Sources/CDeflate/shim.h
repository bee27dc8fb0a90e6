#pragma once

// Types and constants come from the header; the functions are looked up in the shared library on first use.

#include <libdeflate.h>

#include "../CLibrary/functions.h"

#define DEFLATE_FUNCTIONS(F)        \
    F(libdeflate_alloc_compressor)  \
    F(libdeflate_free_compressor)   \
    F(libdeflate_zlib_compress)     \
    F(libdeflate_zlib_compress_bound)

/// The functions of libdeflate that are used, under their own names.
CLIBRARY_TABLE(DeflateFunctions, deflate_function_name, DEFLATE_FUNCTIONS)
