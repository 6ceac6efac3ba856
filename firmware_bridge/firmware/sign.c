#include "sign.h"

#include <string.h>

#ifdef __FLASH
#define IN_FLASH __flash /* else a chip with two kinds of memory keeps a copy in RAM */
#else
#define IN_FLASH
#endif

#define BLOCK 64U
#define LENGTH_AT 56U /* in the last block of a text */
#define DIGEST 32U

/* SHA-256 of FIPS 180-4, of texts shorter than 8 kB. */
typedef struct {
    uint32_t state[8];
    uint32_t words[16]; /* of the block; its schedule goes round in it */
    uint8_t filled;
} sha256;

static const IN_FLASH uint32_t ROUND[64] = {
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

/* Turn to the right: by whole bytes, then by at most 4 bits either way. */
static uint32_t turned(uint32_t word, uint8_t by)
{
    uint32_t result = word;
    uint8_t left = by;

    for (; left > 4U; left = (uint8_t)(left - 8U)) {
        result = (result >> 8) | (result << 24);
        if (left < 8U) {
            for (; left < 8U; left++) {
                result = (result << 1) | (result >> 31);
            }
        }
    }
    for (; left > 0U; left--) {
        result = (result >> 1) | (result << 31);
    }
    return result;
}

/* Turn by a, by a + b, and by a + b + c, and mix the three. */
static uint32_t thrice(uint32_t word, uint8_t a, uint8_t b, uint8_t c)
{
    return turned(word ^ turned(word ^ turned(word, c), b), a);
}

/* Turn by a, and by a + b; shift, and mix the three. */
static uint32_t shifted(uint32_t word, uint8_t a, uint8_t b, uint8_t shift)
{
    return turned(word ^ turned(word, b), a) ^ (word >> shift);
}

static uint32_t word_of(uint32_t *words, uint8_t at)
{
    if (at >= 16U) {
        words[at % 16U] += shifted(words[(at + 1U) % 16U], 18U, 21U, 3U) +
                           words[(at + 9U) % 16U] +
                           shifted(words[(at + 14U) % 16U], 17U, 2U, 10U);
    }
    return words[at % 16U];
}

static void mix(sha256 *self)
{
    uint32_t s[8];

    (void)memcpy(s, self->state, sizeof s);
    for (uint8_t at = 0U; at < 64U; at++) {
        const uint32_t one = s[7] + thrice(s[4], 25U, 13U, 5U) +
                             (s[6] ^ (s[4] & (s[5] ^ s[6]))) + ROUND[at] +
                             word_of(self->words, at);
        const uint32_t two =
            thrice(s[0], 2U, 11U, 9U) + ((s[0] & s[1]) | (s[2] & (s[0] | s[1])));
        (void)memmove(&s[1], &s[0], 7U * sizeof s[0]);
        s[4] += one;
        s[0] = one + two;
    }
    for (uint8_t at = 0U; at < 8U; at++) {
        self->state[at] += s[at];
    }
}

static void add(sha256 *self, uint8_t byte)
{
    uint32_t *word = &self->words[self->filled / 4U];

    *word = (*word << 8) | byte;
    self->filled++;
    if (self->filled == BLOCK) {
        self->filled = 0U;
        mix(self);
    }
}

static void add_zeros(sha256 *self, uint8_t until)
{
    while (self->filled != until) {
        add(self, 0U);
    }
}

static void begin_keyed(uint32_t *state, const uint8_t *key, uint8_t pad)
{
    static const IN_FLASH uint32_t FIRST[8] = {
        0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU,
        0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U};
    sha256 hash;

    for (uint8_t at = 0U; at < 8U; at++) {
        hash.state[at] = FIRST[at];
    }
    hash.filled = 0U;
    for (uint8_t at = 0U; at < BLOCK; at++) {
        add(&hash, (uint8_t)(pad ^ ((at < SIGN_KEY) ? key[at] : 0U)));
    }
    (void)memcpy(state, hash.state, sizeof hash.state);
}

void sign_start(sign_key *self, const uint8_t *key)
{
    begin_keyed(self->inner, key, 0x36U);
    begin_keyed(self->outer, key, 0x5CU);
}

/* HMAC of RFC 2104 over the boot id and a text, which is header, payload and counter. */
static void tag_of(const sign_key *key, uint32_t boot_id, const uint8_t *text,
                   uint8_t size, uint8_t *tag)
{
    sha256 hash;
    const uint16_t bits = (uint16_t)((BLOCK + 4U + size) * 8U);

    (void)memcpy(hash.state, key->inner, sizeof hash.state);
    hash.filled = 0U;
    put_u32(tag, boot_id);
    for (uint8_t at = 0U; at < 4U; at++) {
        add(&hash, tag[at]);
    }
    for (uint8_t at = 0U; at < size; at++) {
        add(&hash, text[at]);
    }
    add(&hash, 0x80U);
    add_zeros(&hash, LENGTH_AT);
    add_zeros(&hash, BLOCK - 2U);
    add(&hash, (uint8_t)(bits >> 8));
    add(&hash, (uint8_t)(bits & 0xFFU));

    (void)memset(hash.words, 0, sizeof hash.words);
    (void)memcpy(hash.words, hash.state, DIGEST);
    hash.words[8] = 0x80000000U;
    hash.words[15] = (BLOCK + DIGEST) * 8U;
    (void)memcpy(hash.state, key->outer, sizeof hash.state);
    mix(&hash);
    for (uint8_t at = 0U; at < SIGN_TAG; at++) {
        tag[at] = (uint8_t)(hash.state[at / 4U] >> (24U - (8U * (at % 4U))));
    }
}

uint8_t sign_body(const sign_key *key, uint32_t boot_id, uint32_t counter, uint8_t *body,
                  uint8_t size)
{
    body[2] |= (uint8_t)SIGN_FLAG;
    put_u32(&body[size], counter);
    tag_of(key, boot_id, body, (uint8_t)(size + 4U), &body[size + 4U]);
    return (uint8_t)(size + SIGN_TRAILER);
}

bool sign_check(const sign_key *key, uint32_t boot_id, uint32_t *heard, frame *got)
{
    uint8_t tag[SIGN_TAG];
    uint8_t differs = 0U;

    if (((got->flags & SIGN_FLAG) == 0U) || (got->payload_size < SIGN_TRAILER)) {
        return false;
    }
    got->payload_size = (uint8_t)(got->payload_size - SIGN_TRAILER);
    const uint8_t *trailer = &got->payload[got->payload_size];
    const uint32_t counter = get_u32(trailer);
    /* The header lies before the payload, as it came. */
    tag_of(key, boot_id, got->payload - FRAME_HEADER,
           (uint8_t)(FRAME_HEADER + got->payload_size + 4U), tag);
    for (uint8_t at = 0U; at < SIGN_TAG; at++) { /* the same time for each wrong tag */
        differs |= (uint8_t)(tag[at] ^ trailer[4U + at]);
    }
    if ((differs != 0U) || (counter <= *heard)) {
        return false;
    }
    *heard = counter;
    return true;
}
