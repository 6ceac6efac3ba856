/*
 * A mission as bytes, and how the robot follows it by itself: pure pursuit in whole
 * numbers, as robot_path.py says it, to the bit. Every product fits 32 bits.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <stdint.h>

/* What the motors are to do: mm/s forwards, mrad/s counter-clockwise. */
typedef struct {
    int16_t speed_mmps;
    int16_t turn_mradps;
} robot_drive;

/* What the robot knows of itself in one loop, in the units of REPORT. */
typedef struct {
    int32_t x_mm;
    int32_t y_mm;
    int16_t heading_10mrad; /* 0.1 mrad, -31416 to 31416 */
    int16_t speed_mmps;
    uint16_t battery; /* 0.01 %, 0 to 10000 */
    int16_t tilt_mrad;
} robot_senses;

typedef struct {
    int32_t x_mm;
    int32_t y_mm;
} path_place;

/* First point of a mission. */
typedef struct {
    int32_t x_mm;
    int32_t y_mm;
    uint16_t speed_mmps;
} path_start;

/* A straight piece of a mission, and where in its bytes the next one is. */
typedef struct {
    uint32_t from_mm;
    int32_t x_mm;
    int32_t y_mm;
    uint16_t at;
    int16_t dx_mm;
    int16_t dy_mm;
    uint16_t length_mm;
    uint16_t speed_mmps;
    bool via;
} path_step;

/* A mission that is whole, and how far along it the robot has come. */
typedef struct {
    const uint8_t *bytes;
    uint16_t size;
    path_step here;
    uint32_t along_mm;
    uint32_t length_mm;
} robot_path;

#define PATH_RIGHT_ANGLE ((int32_t)15708) /* 0.1 mrad */

/* Name of a mission: the CRC-32 of its points and speeds; 0 if it is damaged. */
uint32_t path_digest(const path_start *start, const uint8_t *bytes, uint16_t size);

/* Put the robot at its place on a mission whose digest is right. */
void path_open(robot_path *self, const path_start *start, const uint8_t *bytes,
               uint16_t size, uint32_t from_mm);

bool path_finished(const robot_path *self);

/* Say how to drive on; false if the robot is too far from the path. */
bool path_pursue(robot_path *self, const robot_senses *now, robot_drive *drive);

/* Give the place so far in front of the robot; behind it where that is negative. */
path_place path_ahead(const robot_senses *now, int32_t way_mm);

/* The number, at most so far from 0. */
int32_t path_within(int32_t number, int32_t limit);

int32_t path_size(int32_t number);

/* Sine of an angle in 0.1 mrad, times 16384. */
int32_t path_sine(int32_t angle);

/* Take a difference or a sum of places round the 32 bits, as unsigned numbers go. */
int32_t path_less(int32_t from, int32_t less);

#endif
