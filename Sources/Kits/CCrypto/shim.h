#pragma once

// libcrypto (OpenSSL 3) is not linked but opened at first use, so that a command which signs nothing starts
// without it.

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "../CLibrary/functions.h"

#define CRYPTO_FUNCTIONS(F) \
    F(EVP_sha256)           \
    F(EVP_Digest)           \
    F(HMAC)                 \
    F(CRYPTO_memcmp)        \
    F(OpenSSL_version)

/// The functions of libcrypto that are used, under their own names.
CLIBRARY_TABLE(CryptoFunctions, crypto_function_name, CRYPTO_FUNCTIONS)
