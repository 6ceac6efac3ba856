/*
 * Damages frames as a bad line does, and counts those that are taken for good with
 * another content.
 *
 *     damage FRAMES SEED
 *
 * Each frame has a random payload of 0 to 40 bytes and gets one to three errors: a byte
 * dropped, a bit flipped, or a byte inserted. A zero byte ends it in any case.
 */
#include "frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PAYLOAD 40U
#define MOST_WIRE (MOST_PAYLOAD + 15U + 4U)

/* Marsaglia (2003), xorshift64. */
static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint8_t damaged(uint8_t *wire, uint8_t size, uint64_t luck)
{
    const uint8_t at = (uint8_t)((luck >> 8) % size);
    uint8_t length = size;

    switch (luck % 3U) {
    case 0:
        (void)memmove(&wire[at], &wire[at + 1U], (size_t)(size - at) - 1U);
        length--;
        break;
    case 1:
        wire[at] ^= (uint8_t)(1U << ((luck >> 24) % 8U));
        break;
    default:
        (void)memmove(&wire[at + 1U], &wire[at], (size_t)(size - at));
        wire[at] = (uint8_t)(luck >> 32);
        length++;
        break;
    }
    return length;
}

static frame drawn(uint64_t *state, uint8_t *payload)
{
    const uint64_t head = draw(state);
    frame made = {(uint8_t)head,          (uint8_t)(head >> 8),  (uint16_t)(head >> 16),
                  (uint16_t)(head >> 32), (uint16_t)(head >> 48), payload,
                  (uint8_t)(draw(state) % (MOST_PAYLOAD + 1U))};
    for (uint8_t at = 0U; at < made.payload_size; at++) {
        payload[at] = (uint8_t)(draw(state) >> 56);
    }
    return made;
}

static bool same(const frame *one, const frame *other)
{
    return (one->kind == other->kind) && (one->flags == other->flags) &&
           (one->session == other->session) && (one->seq == other->seq) &&
           (one->ack == other->ack) && (one->payload_size == other->payload_size) &&
           (memcmp(one->payload, other->payload, one->payload_size) == 0);
}

int main(int count, char **words)
{
    static frame_decoder decoder;
    unsigned long wrong = 0U;
    unsigned long taken = 0U;
    if (count != 3) {
        (void)fprintf(stderr, "use: %s FRAMES SEED\n", words[0]);
        return EXIT_FAILURE;
    }
    const unsigned long frames = strtoul(words[1], NULL, 10);
    uint64_t state = (strtoull(words[2], NULL, 10) * 2U) + 1U;
    for (unsigned long number = 0U; number < frames; number++) {
        uint8_t payload[MOST_PAYLOAD];
        uint8_t wire[MOST_WIRE];
        frame got;
        const frame made = drawn(&state, payload);
        uint8_t size = frame_seal(wire, frame_write(&made, wire));
        const uint8_t errors = (uint8_t)(1U + (draw(&state) % 3U));
        for (uint8_t error = 0U; error < errors; error++) {
            size = damaged(wire, size, draw(&state));
        }
        wire[size] = 0U;
        for (uint8_t at = 0U; at <= size; at++) {
            if (frame_feed(&decoder, wire[at], &got)) {
                taken++;
                wrong += same(&made, &got) ? 0U : 1U;
            }
        }
    }
    (void)printf("%lu frames, %lu taken unhurt, %lu wrong\n", frames, taken - wrong, wrong);
    return EXIT_SUCCESS;
}
