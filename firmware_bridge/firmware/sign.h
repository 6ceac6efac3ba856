/*
 * Signed frames: HMAC-SHA-256 of 64 bits and a counter, as PROTOCOL.md says under
 * "Signed frames". Built in with ROBOT_SIGNING; an ATmega328P has no room for it.
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

/* Sign a frame whose payload lies in `payload`, which has room for the trailer. */
void sign_frame(const uint8_t *key, uint32_t boot_id, uint32_t counter, frame *made,
                uint8_t *payload);

/*
 * Tell whether a received frame is signed by who has the key, and newer than `heard`,
 * which is set anew; the trailer is taken off.
 */
bool sign_check(const uint8_t *key, uint32_t boot_id, uint32_t *heard, frame *got);

#endif
