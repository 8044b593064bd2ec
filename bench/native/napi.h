/* napi: the few functions of Node's stable binary interface that the twins call, declared here so that no header of
 * Node has to be found.  Names, arguments and numbers are those of the interface, version 3, which does not change. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct napi_env_opaque *napi_env;
typedef struct napi_value_opaque *napi_value;
typedef struct napi_callback_info_opaque *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);

/* 0 is success; anything else leaves an exception or nothing at all. */
typedef int napi_status;

napi_status napi_create_function(napi_env env, const char *name, size_t length, napi_callback callback, void *data,
                                 napi_value *result);
napi_status napi_set_named_property(napi_env env, napi_value object, const char *name, napi_value value);
napi_status napi_create_object(napi_env env, napi_value *result);
napi_status napi_create_uint32(napi_env env, uint32_t value, napi_value *result);
napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t *argc, napi_value *argv,
                             napi_value *receiver, void **data);
napi_status napi_get_value_uint32(napi_env env, napi_value value, uint32_t *result);
napi_status napi_get_arraybuffer_info(napi_env env, napi_value buffer, void **data, size_t *bytes);
napi_status napi_throw_error(napi_env env, const char *code, const char *message);
