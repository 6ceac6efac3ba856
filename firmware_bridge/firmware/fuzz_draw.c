/*
 * Draws stories for the fuzzer of the core and prints what happened in them.
 *
 *     fuzz RUNS SEED
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STORY 256U

/* Marsaglia (2003), xorshift64. */
static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

int main(int count, char **words)
{
    uint8_t story[MOST_STORY];
    if (count != 3) {
        (void)fprintf(stderr, "use: %s RUNS SEED\n", words[0]);
        return EXIT_FAILURE;
    }
    const unsigned long runs = strtoul(words[1], NULL, 10);
    uint64_t state = (strtoull(words[2], NULL, 10) * 2U) + 1U;
    for (unsigned long run = 0U; run < runs; run++) {
        const size_t size = 32U + (size_t)(draw(&state) % (MOST_STORY - 32U));
        for (size_t at = 0U; at < size; at += 8U) {
            const uint64_t word = draw(&state);
            const size_t left = size - at;
            (void)memcpy(&story[at], &word, (left < 8U) ? left : 8U);
        }
        (void)LLVMFuzzerTestOneInput(story, size);
    }
    fuzz_tell(runs);
    return EXIT_SUCCESS;
}
