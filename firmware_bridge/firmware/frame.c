#include "frame.h"

#include <string.h>

#define CRC_POLYNOMIAL 0xEDB88320UL /* IEEE 802.3, bits reversed */

uint16_t get_u16(const uint8_t *from)
{
    return (uint16_t)(from[0] | ((uint16_t)from[1] << 8));
}

uint32_t get_u32(const uint8_t *from)
{
    return get_u16(from) | ((uint32_t)get_u16(&from[2]) << 16);
}

void put_u16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)(value & 0xFFU);
    to[1] = (uint8_t)(value >> 8);
}

void put_u32(uint8_t *to, uint32_t value)
{
    put_u16(to, (uint16_t)(value & 0xFFFFU));
    put_u16(&to[2], (uint16_t)(value >> 16));
}

uint32_t frame_crc32_add(uint32_t before, const uint8_t *bytes, uint16_t size)
{
    uint32_t crc = before ^ 0xFFFFFFFFUL;

    for (uint16_t at = 0U; at < size; at++) {
        crc ^= bytes[at];
        for (uint8_t bit = 0U; bit < 8U; bit++) {
            crc = ((crc & 1U) != 0U) ? ((crc >> 1) ^ CRC_POLYNOMIAL) : (crc >> 1);
        }
    }
    return crc ^ 0xFFFFFFFFUL;
}

uint32_t frame_crc32(const uint8_t *bytes, uint16_t size)
{
    return frame_crc32_add(0U, bytes, size);
}

/* Put the zero bytes back in place: the body begins at the second byte. */
static bool unstuff(uint8_t *bytes, uint8_t size)
{
    uint8_t at = 0U;

    while (at < size) {
        const uint8_t code = bytes[at];
        if (code > (uint8_t)(size - at)) {
            return false;
        }
        bytes[at] = 0U; /* a code stands where the zero byte before its run was */
        at = (uint8_t)(at + code);
    }
    return true;
}

static bool open_frame(frame_decoder *decoder, frame *found)
{
    const uint8_t *body = &decoder->bytes[1];
    const uint8_t size = (uint8_t)(decoder->size - 1U);

    if ((size < (FRAME_HEADER + FRAME_CRC)) || (size > FRAME_MOST_BODY)) {
        return false;
    }
    if (!unstuff(decoder->bytes, decoder->size)) {
        return false;
    }
    const uint8_t content = (uint8_t)(size - FRAME_CRC);
    if (frame_crc32(body, content) != get_u32(&body[content])) {
        return false;
    }
    if (body[0] != FRAME_VERSION) {
        return false;
    }
    found->kind = body[1];
    found->flags = body[2];
    found->session = get_u16(&body[3]);
    found->seq = get_u16(&body[5]);
    found->ack = get_u16(&body[7]);
    found->payload = &body[FRAME_HEADER];
    found->payload_size = (uint8_t)(content - FRAME_HEADER);
    return true;
}

bool frame_feed(frame_decoder *decoder, uint8_t byte, frame *found)
{
    bool good = false;

    if (byte != 0U) {
        if (decoder->size <= FRAME_MOST_STUFFED) {
            decoder->bytes[decoder->size] = byte;
            decoder->size++;
        }
    } else if (decoder->size > 0U) {
        good = open_frame(decoder, found);
        if (!good) {
            decoder->dropped++;
        }
        decoder->size = 0U;
    } else {
        /* two zero bytes in a row are nothing */
    }
    return good;
}

uint8_t frame_write(const frame *from, uint8_t *wire)
{
    uint8_t *body = &wire[1];

    body[0] = (uint8_t)FRAME_VERSION;
    body[1] = from->kind;
    body[2] = from->flags;
    put_u16(&body[3], from->session);
    put_u16(&body[5], from->seq);
    put_u16(&body[7], from->ack);
    if (from->payload_size > 0U) {
        (void)memcpy(&body[FRAME_HEADER], from->payload, from->payload_size);
    }
    return (uint8_t)(FRAME_HEADER + from->payload_size);
}

uint8_t frame_seal(uint8_t *wire, uint8_t content)
{
    const uint8_t size = (uint8_t)(content + FRAME_CRC);

    put_u32(&wire[1U + content], frame_crc32(&wire[1], content));
    uint8_t code_at = 0U; /* each zero byte, and the place before the first, */
    for (uint8_t at = 1U; at <= size; at++) { /* says how far it is to the next */
        if (wire[at] == 0U) {
            wire[code_at] = (uint8_t)(at - code_at);
            code_at = at;
        }
    }
    wire[code_at] = (uint8_t)((uint8_t)(size + 1U) - code_at);
    wire[size + 1U] = 0U;
    return (uint8_t)(size + 2U);
}
