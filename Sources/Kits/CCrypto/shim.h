#pragma once

// libcrypto (OpenSSL 3) is not linked but opened on first use, so that commands that sign nothing start faster.

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "../CLibrary/functions.h"

#define CRYPTO_FUNCTIONS(F) \
    F(EVP_sha256)           \
    F(EVP_Digest)           \
    F(HMAC)                 \
    F(CRYPTO_memcmp)        \
    F(EVP_PBE_scrypt)       \
    F(OpenSSL_version)

/// The functions of libcrypto in use, under their C names.
CLIBRARY_TABLE(CryptoFunctions, crypto_function_name, CRYPTO_FUNCTIONS)
