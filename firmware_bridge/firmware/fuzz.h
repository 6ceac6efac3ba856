/* The fuzzer of the core: an input is a story, see fuzz.c. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Tell one story; it aborts if the core does what it must not. The name is libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *story, size_t size);

/* Print what happened in the stories so far. */
void fuzz_tell(unsigned long stories);

#endif
