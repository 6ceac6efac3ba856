/*
 * Signed frames: HMAC-SHA-256 of 64 bits and a counter, as PROTOCOL.md says under
 * "Signed frames". Built in with ROBOT_SIGNING.
 */
#ifndef SIGN_H
#define SIGN_H

#include "frame.h"

#include <stdbool.h>
#include <stdint.h>

#define SIGN_KEY 32U
#define SIGN_TAG 8U
#define SIGN_TRAILER 12U /* counter and tag */
#define SIGN_FLAG 1U

/* What is needed of a key, reckoned once. */
typedef struct {
    uint32_t inner[8];
    uint32_t outer[8];
} sign_key;

void sign_start(sign_key *self, const uint8_t *key);

/* Sign a body of so many bytes, which has room for the trailer; give its new size. */
uint8_t sign_body(const sign_key *key, uint32_t boot_id, uint32_t counter, uint8_t *body,
                  uint8_t size);

/*
 * Tell whether a received frame is signed by who has the key, and newer than `heard`,
 * which is set anew; the trailer is taken off.
 */
bool sign_check(const sign_key *key, uint32_t boot_id, uint32_t *heard, frame *got);

#endif
