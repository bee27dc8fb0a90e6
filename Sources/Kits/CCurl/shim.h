/*
 * libcurl, opened on first use, so that a process that sends no request does not load it.
 *
 * LibraryKit opens CCURL_LIBRARY and checks that it has every function of CurlFunctions. Each function here looks up its
 * symbol once in the opened library, which cannot fail then, and calls it.
 */
#pragma once

#define CURL_STRICTER
#include <curl/curl.h>
#include <dlfcn.h>

#include "../CLibrary/functions.h"

#define CCURL_LIBRARY "libcurl.so.4"

#define CURL_FUNCTIONS(F) \
    F(curl_easy_cleanup) \
    F(curl_easy_getinfo) \
    F(curl_easy_init) \
    F(curl_easy_reset) \
    F(curl_easy_setopt) \
    F(curl_easy_strerror) \
    F(curl_global_init) \
    F(curl_multi_add_handle) \
    F(curl_multi_cleanup) \
    F(curl_multi_info_read) \
    F(curl_multi_init) \
    F(curl_multi_perform) \
    F(curl_multi_poll) \
    F(curl_multi_remove_handle) \
    F(curl_multi_setopt) \
    F(curl_multi_wakeup) \
    F(curl_slist_append) \
    F(curl_slist_free_all) \
    F(curl_version)

CLIBRARY_TABLE(CurlFunctions, ccurl_function_name, CURL_FUNCTIONS)

static inline void *ccurl_symbol(const char *name) {
    void *library = dlopen(CCURL_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    return library ? dlsym(library, name) : 0;
}

/* The address of `function` in the opened library. Racing threads store the same value. */
#define CCURL_FIND(function) \
    ({ \
        static __typeof__(&function) known; \
        __typeof__(&function) address = __atomic_load_n(&known, __ATOMIC_ACQUIRE); \
        if (!address) { \
            address = (__typeof__(&function))ccurl_symbol(#function); \
            __atomic_store_n(&known, address, __ATOMIC_RELEASE); \
        } \
        address; \
    })

static inline CURLcode ccurl_global_init(void) { return CCURL_FIND(curl_global_init)(CURL_GLOBAL_DEFAULT); }

static inline const char *ccurl_version(void) { return CCURL_FIND(curl_version)(); }

static inline CURL *ccurl_easy_init(void) { return CCURL_FIND(curl_easy_init)(); }
static inline void ccurl_easy_reset(CURL *easy) { CCURL_FIND(curl_easy_reset)(easy); }
static inline void ccurl_easy_cleanup(CURL *easy) { CCURL_FIND(curl_easy_cleanup)(easy); }
static inline const char *ccurl_easy_strerror(CURLcode code) { return CCURL_FIND(curl_easy_strerror)(code); }

/* curl_easy_setopt is variadic; one function per type of its last argument. */
static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return CCURL_FIND(curl_easy_setopt)(easy, option, value);
}
static inline CURLcode ccurl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return CCURL_FIND(curl_easy_setopt)(easy, option, value);
}
static inline CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value) {
    return CCURL_FIND(curl_easy_setopt)(easy, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return CCURL_FIND(curl_easy_setopt)(easy, option, value);
}
static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return CCURL_FIND(curl_easy_setopt)(easy, option, value);
}
/* For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION, which have the same type. */
static inline CURLcode ccurl_set_receiver(CURL *easy, CURLoption option, curl_write_callback value) {
    return CCURL_FIND(curl_easy_setopt)(easy, option, value);
}
static inline CURLcode ccurl_set_before_request(CURL *easy, curl_prereq_callback value) {
    return CCURL_FIND(curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, value);
}

static inline long ccurl_response_code(CURL *easy) {
    long code = 0;
    return CCURL_FIND(curl_easy_getinfo)(easy, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

static inline struct curl_slist *ccurl_slist_append(struct curl_slist *list, const char *line) {
    return CCURL_FIND(curl_slist_append)(list, line);
}
static inline void ccurl_slist_free_all(struct curl_slist *list) { CCURL_FIND(curl_slist_free_all)(list); }

static inline CURLM *ccurl_multi_init(void) { return CCURL_FIND(curl_multi_init)(); }
static inline CURLMcode ccurl_multi_cleanup(CURLM *multi) { return CCURL_FIND(curl_multi_cleanup)(multi); }
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return CCURL_FIND(curl_multi_setopt)(multi, option, value);
}
static inline CURLMcode ccurl_multi_add_handle(CURLM *multi, CURL *easy) {
    return CCURL_FIND(curl_multi_add_handle)(multi, easy);
}
static inline CURLMcode ccurl_multi_remove_handle(CURLM *multi, CURL *easy) {
    return CCURL_FIND(curl_multi_remove_handle)(multi, easy);
}
static inline CURLMcode ccurl_multi_perform(CURLM *multi) {
    int running = 0;
    return CCURL_FIND(curl_multi_perform)(multi, &running);
}
static inline CURLMcode ccurl_multi_poll(CURLM *multi, int milliseconds) {
    return CCURL_FIND(curl_multi_poll)(multi, 0, 0, milliseconds, 0);
}
/* May be called from any thread. */
static inline CURLMcode ccurl_multi_wakeup(CURLM *multi) { return CCURL_FIND(curl_multi_wakeup)(multi); }

/* The next completed transfer, with its result; NULL if there is none. */
static inline CURL *ccurl_multi_next_done(CURLM *multi, CURLcode *result) {
    for (;;) {
        int left = 0;
        CURLMsg *message = CCURL_FIND(curl_multi_info_read)(multi, &left);
        if (!message) return 0;
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
}
