#include "sign.h"

#include <string.h>

#define BLOCK 64U
#define DIGEST 32U

/* SHA-256 of FIPS 180-4. */
typedef struct {
    uint32_t state[8];
    uint8_t block[BLOCK];
    uint8_t filled;
    uint32_t bytes;
} sha256;

static const uint32_t ROUND[64] = {
    0x428a2f98U, 0x71374491U, 0xb5c0fbcfU, 0xe9b5dba5U, 0x3956c25bU, 0x59f111f1U,
    0x923f82a4U, 0xab1c5ed5U, 0xd807aa98U, 0x12835b01U, 0x243185beU, 0x550c7dc3U,
    0x72be5d74U, 0x80deb1feU, 0x9bdc06a7U, 0xc19bf174U, 0xe49b69c1U, 0xefbe4786U,
    0x0fc19dc6U, 0x240ca1ccU, 0x2de92c6fU, 0x4a7484aaU, 0x5cb0a9dcU, 0x76f988daU,
    0x983e5152U, 0xa831c66dU, 0xb00327c8U, 0xbf597fc7U, 0xc6e00bf3U, 0xd5a79147U,
    0x06ca6351U, 0x14292967U, 0x27b70a85U, 0x2e1b2138U, 0x4d2c6dfcU, 0x53380d13U,
    0x650a7354U, 0x766a0abbU, 0x81c2c92eU, 0x92722c85U, 0xa2bfe8a1U, 0xa81a664bU,
    0xc24b8b70U, 0xc76c51a3U, 0xd192e819U, 0xd6990624U, 0xf40e3585U, 0x106aa070U,
    0x19a4c116U, 0x1e376c08U, 0x2748774cU, 0x34b0bcb5U, 0x391c0cb3U, 0x4ed8aa4aU,
    0x5b9cca4fU, 0x682e6ff3U, 0x748f82eeU, 0x78a5636fU, 0x84c87814U, 0x8cc70208U,
    0x90befffaU, 0xa4506cebU, 0xbef9a3f7U, 0xc67178f2U};

static uint32_t turned(uint32_t word, uint32_t by)
{
    return (word >> by) | (word << (32U - by));
}

static uint32_t big_endian(const uint8_t *from)
{
    return ((uint32_t)from[0] << 24) | ((uint32_t)from[1] << 16) |
           ((uint32_t)from[2] << 8) | from[3];
}

static void put_big_endian(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)((value >> 16) & 0xFFU);
    to[2] = (uint8_t)((value >> 8) & 0xFFU);
    to[3] = (uint8_t)(value & 0xFFU);
}

static void spread(const uint8_t *block, uint32_t *w)
{
    for (uint8_t at = 0U; at < 16U; at++) {
        w[at] = big_endian(&block[4U * at]);
    }
    for (uint8_t at = 16U; at < 64U; at++) {
        const uint32_t a = w[at - 15U];
        const uint32_t b = w[at - 2U];
        w[at] = w[at - 16U] + (turned(a, 7U) ^ turned(a, 18U) ^ (a >> 3)) + w[at - 7U] +
                (turned(b, 17U) ^ turned(b, 19U) ^ (b >> 10));
    }
}

static void mix(sha256 *self)
{
    uint32_t w[64];
    uint32_t s[8];

    spread(self->block, w);
    (void)memcpy(s, self->state, sizeof s);
    for (uint8_t at = 0U; at < 64U; at++) {
        const uint32_t e = s[4];
        const uint32_t a = s[0];
        const uint32_t one = s[7] + (turned(e, 6U) ^ turned(e, 11U) ^ turned(e, 25U)) +
                             ((e & s[5]) ^ (~e & s[6])) + ROUND[at] + w[at];
        const uint32_t two = (turned(a, 2U) ^ turned(a, 13U) ^ turned(a, 22U)) +
                             ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        (void)memmove(&s[1], &s[0], 7U * sizeof s[0]);
        s[4] += one;
        s[0] = one + two;
    }
    for (uint8_t at = 0U; at < 8U; at++) {
        self->state[at] += s[at];
    }
}

static void begin(sha256 *self)
{
    static const uint32_t FIRST[8] = {0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU,
                                      0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U};
    (void)memcpy(self->state, FIRST, sizeof FIRST);
    self->filled = 0U;
    self->bytes = 0U;
}

static void add(sha256 *self, const uint8_t *bytes, uint16_t size)
{
    for (uint16_t at = 0U; at < size; at++) {
        self->block[self->filled] = bytes[at];
        self->filled++;
        self->bytes++;
        if (self->filled == BLOCK) {
            mix(self);
            self->filled = 0U;
        }
    }
}

static void end(sha256 *self, uint8_t *digest)
{
    uint8_t length[8] = {0U, 0U, 0U, 0U, 0U, 0U, 0U, 0U};
    const uint8_t one = 0x80U;
    const uint8_t zero = 0U;

    put_big_endian(&length[4], self->bytes * 8U); /* nothing here is near 2^29 bytes */
    add(self, &one, 1U);
    while (self->filled != (BLOCK - 8U)) {
        add(self, &zero, 1U);
    }
    add(self, length, 8U);
    for (uint8_t at = 0U; at < 8U; at++) {
        put_big_endian(&digest[4U * at], self->state[at]);
    }
}

static void begin_keyed(sha256 *self, const uint8_t *key, uint8_t pad)
{
    uint8_t block[BLOCK];

    for (uint8_t at = 0U; at < BLOCK; at++) {
        block[at] = (uint8_t)(pad ^ ((at < SIGN_KEY) ? key[at] : 0U));
    }
    begin(self);
    add(self, block, BLOCK);
}

/* HMAC of RFC 2104 over the boot id, the header, and payload with counter. */
static void tag_of(const uint8_t *key, uint32_t boot_id, const frame *counted,
                   uint8_t *digest)
{
    sha256 hash;
    uint8_t head[4U + FRAME_HEADER];

    put_u32(&head[0], boot_id);
    head[4] = (uint8_t)FRAME_VERSION;
    head[5] = counted->kind;
    head[6] = counted->flags;
    put_u16(&head[7], counted->session);
    put_u16(&head[9], counted->seq);
    put_u16(&head[11], counted->ack);
    begin_keyed(&hash, key, 0x36U);
    add(&hash, head, (uint16_t)sizeof head);
    add(&hash, counted->payload, counted->payload_size);
    end(&hash, digest);
    begin_keyed(&hash, key, 0x5CU);
    add(&hash, digest, DIGEST);
    end(&hash, digest);
}

void sign_frame(const uint8_t *key, uint32_t boot_id, uint32_t counter, frame *made,
                uint8_t *payload)
{
    uint8_t digest[DIGEST];

    made->flags |= (uint8_t)SIGN_FLAG;
    put_u32(&payload[made->payload_size], counter);
    made->payload_size = (uint8_t)(made->payload_size + 4U);
    tag_of(key, boot_id, made, digest);
    (void)memcpy(&payload[made->payload_size], digest, SIGN_TAG);
    made->payload_size = (uint8_t)(made->payload_size + SIGN_TAG);
}

bool sign_check(const uint8_t *key, uint32_t boot_id, uint32_t *heard, frame *got)
{
    uint8_t digest[DIGEST];
    uint8_t differs = 0U;

    if (((got->flags & SIGN_FLAG) == 0U) || (got->payload_size < SIGN_TRAILER)) {
        return false;
    }
    got->payload_size = (uint8_t)(got->payload_size - SIGN_TAG);
    tag_of(key, boot_id, got, digest);
    for (uint8_t at = 0U; at < SIGN_TAG; at++) { /* the same time for each wrong tag */
        differs |= (uint8_t)(digest[at] ^ got->payload[got->payload_size + at]);
    }
    got->payload_size = (uint8_t)(got->payload_size - 4U);
    const uint32_t counter = get_u32(&got->payload[got->payload_size]);
    if ((differs != 0U) || (counter <= *heard)) {
        return false;
    }
    *heard = counter;
    return true;
}
