/*
 * Frames on the wire: COBS and CRC-32, as PROTOCOL.md says under "Frames".
 * No I/O, no clock, no allocation.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_VERSION 1U
#define FRAME_HEADER 9U
#define FRAME_CRC 4U
#define FRAME_MOST_BODY 253U
#define FRAME_MOST_STUFFED 254U

/* A receiver's store: one byte more than the longest frame marks it as too long. */
typedef struct {
    uint32_t dropped; /* frames thrown away: not well formed */
    uint8_t size;
    uint8_t bytes[FRAME_MOST_STUFFED + 1U];
} frame_decoder;

/* One good frame; the payload lies in the decoder until the next byte goes in. */
typedef struct {
    uint8_t kind;
    uint8_t flags;
    uint16_t session;
    uint16_t seq;
    uint16_t ack;
    const uint8_t *payload;
    uint8_t payload_size;
} frame;

/* Take in one byte; tell whether it completed a good frame. */
bool frame_feed(frame_decoder *decoder, uint8_t byte, frame *found);

/*
 * Write header and payload, from wire[1] on; give how many bytes they are.
 * `wire` holds payload_size + 15 bytes; payload_size is at most 240.
 */
uint8_t frame_write(const frame *from, uint8_t *wire);

/*
 * Make so many bytes from wire[1] on a frame: CRC, stuffing, and the zero byte at the
 * end. Give the number of its bytes.
 */
uint8_t frame_seal(uint8_t *wire, uint8_t content);

/* CRC-32 of IEEE 802.3. */
uint32_t frame_crc32(const uint8_t *bytes, uint16_t size);

/* The same of more bytes after those whose CRC is `before`; 0 begins. */
uint32_t frame_crc32_add(uint32_t before, const uint8_t *bytes, uint16_t size);

uint16_t get_u16(const uint8_t *from);
uint32_t get_u32(const uint8_t *from);
void put_u16(uint8_t *to, uint16_t value);
void put_u32(uint8_t *to, uint32_t value);

#endif
