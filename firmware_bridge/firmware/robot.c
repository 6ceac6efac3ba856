#include "robot.h"

#include <string.h>

enum {
    KIND_HELLO = 0x01,
    KIND_HEARTBEAT = 0x02,
    KIND_SETPOINT = 0x03,
    KIND_ORDER = 0x04,
    KIND_ESTOP = 0x05,
    KIND_LOAD = 0x07,
    KIND_PART = 0x08,
    KIND_COMMIT = 0x09,
    KIND_LIMIT = 0x0A,
    KIND_FENCE = 0x0B,
    KIND_WELCOME = 0x81,
    KIND_RESULTS = 0x84,
    KIND_ESTOP_ACK = 0x85,
    KIND_REPORT = 0x86,
    KIND_LOADED = 0x87,
    KIND_LIMITS_NOW = 0x8A,
    KIND_FENCE_NOW = 0x8B
};

enum {
    ACTION_ARM = 1,
    ACTION_DISARM = 2,
    ACTION_CLEAR_ESTOP = 4,
    ACTION_SENSORS_ON = 5,
    ACTION_SENSORS_OFF = 6,
    ACTION_START_CHARGING = 7,
    ACTION_STOP_CHARGING = 8,
    ACTION_START_MISSION = 9,
    ACTION_PAUSE_MISSION = 10
};

enum { RESULT_NONE = 0, RESULT_DONE = 1, RESULT_REFUSED = 2 };

#define CAPABILITIES 15U /* sensors, charging, memory, missions */
#define CAPABILITY_SIGNED 16U
#define RECORD_LAYOUT 1U
#define RECORD_CRC 28U

static bool newer16(uint16_t number, uint16_t other)
{
    const uint16_t ahead = (uint16_t)(number - other);
    return (ahead > 0U) && (ahead < 0x8000U);
}

static bool newer32(uint32_t number, uint32_t other)
{
    const uint32_t ahead = number - other;
    return (ahead > 0U) && (ahead < 0x80000000UL);
}

/* ---- what is kept over a loss of power ---- */

static uint8_t pack_results(const uint8_t *results)
{
    uint8_t packed = 0U;

    for (uint8_t at = 0U; at < ROBOT_WINDOW; at++) {
        packed = (uint8_t)(packed | ((uint32_t)results[at] << (2U * at)));
    }
    return packed;
}

static void unpack_results(uint8_t packed, uint8_t *results)
{
    for (uint8_t at = 0U; at < ROBOT_WINDOW; at++) {
        results[at] = (uint8_t)(((uint32_t)packed >> (2U * at)) & 3U);
    }
}

static void save(robot *self)
{
    uint8_t record[ROBOT_RECORD];
    const uint8_t stopped = (self->state == STATE_ESTOPPED) ? 1U : 0U;

    self->saves++;
    record[0] = (uint8_t)RECORD_LAYOUT;
    record[1] = (uint8_t)(stopped | (self->estop_known ? 2U : 0U));
    put_u16(&record[2], self->saves);
    put_u32(&record[4], self->boot_id);
    put_u32(&record[8], self->nonces[0]);
    put_u16(&record[12], self->log.session);
    put_u16(&record[14], self->log.seq);
    put_u16(&record[16], self->previous.session);
    put_u16(&record[18], self->previous.seq);
    record[20] = pack_results(self->log.results);
    record[21] = pack_results(self->previous.results);
    put_u16(&record[22], self->estop_session);
    put_u32(&record[24], self->estop_token);
    put_u32(&record[RECORD_CRC], frame_crc32(record, RECORD_CRC));
    self->port->save(self->port->context, record);
}

bool robot_record_whole(const uint8_t *record, uint16_t *count)
{
    *count = get_u16(&record[2]);
    return (record[0] == RECORD_LAYOUT) &&
           (frame_crc32(record, RECORD_CRC) == get_u32(&record[RECORD_CRC]));
}

static void restore(robot *self, const uint8_t *record)
{
    self->state = ((record[1] & 1U) != 0U) ? STATE_ESTOPPED : STATE_DISARMED;
    self->estop_known = (record[1] & 2U) != 0U;
    self->boot_id = get_u32(&record[4]) + 1U;
    for (uint8_t at = 0U; at < ROBOT_NONCES; at++) {
        /* Hosts count their nonces up, so those before the last are over as well. */
        self->nonces[at] = get_u32(&record[8]) - at;
    }
    self->log.session = get_u16(&record[12]);
    self->log.seq = get_u16(&record[14]);
    self->previous.session = get_u16(&record[16]);
    self->previous.seq = get_u16(&record[18]);
    unpack_results(record[20], self->log.results);
    unpack_results(record[21], self->previous.results);
    self->estop_session = get_u16(&record[22]);
    self->estop_token = get_u32(&record[24]);
    self->nonces_known = (self->log.session != 0U) ? (uint8_t)ROBOT_NONCES : 0U;
    self->setpoint_seq = (uint16_t)(self->nonces[0] & 0xFFFFU);
}

static uint16_t session_after(uint16_t session)
{
    return (session == 0xFFFFU) ? 1U : (uint16_t)(session + 1U);
}

void robot_start(robot *self, const robot_port *port, const uint8_t *record,
                 uint32_t boot_id)
{
    (void)memset(self, 0, sizeof *self);
    self->port = port;
    self->boot_id = boot_id;
    self->guards.limits = (port->limits != NULL) ? *port->limits : GUARDS_USUAL;
    self->missions.store = port->missions;
    self->missions.room = port->mission_room;
    self->senses.battery = 10000U;
#ifdef ROBOT_SIGNING
    if (port->key != NULL) {
        sign_start(&self->key, port->key);
    }
#endif
    if ((record != NULL) && robot_record_whole(record, &self->saves)) {
        restore(self, record);
    } else {
        self->saves = 0U;
    }
    if (self->log.session != 0U) {
        self->next_session = session_after(self->log.session);
    } else {
        const uint16_t low = (uint16_t)(self->boot_id & 0xFFFFU);
        self->next_session = (low != 0U) ? low : 1U;
    }
    save(self);
}

/* ---- what may move it, and what stops it ---- */

static bool at_rest(const robot *self)
{
    return (self->senses.speed_mmps < ROBOT_REST_MMPS) &&
           (self->senses.speed_mmps > -ROBOT_REST_MMPS);
}

static void forget_motion(robot *self)
{
    self->setpoint_lives = false;
    self->driving_mission = false;
    self->pursued = false;
    self->pursuit.speed_mmps = 0;
    self->pursuit.turn_mradps = 0;
}

static void hold(robot *self)
{
    if (self->state == STATE_ARMED) {
        self->state = STATE_HELD;
    }
    forget_motion(self);
}

static void trip(robot *self)
{
    hold(self);
    self->trips++;
}

static robot_drive pursue(robot *self, uint32_t now_ms)
{
    robot_drive drive = {0, 0};

    if (self->pursued && ((now_ms - self->pursued_ms) < ROBOT_PURSUE_MS)) {
        return self->pursuit;
    }
    self->pursued = true;
    self->pursued_ms = now_ms;
    if (!path_pursue(&self->missions.path, &self->senses, &drive)) {
        self->guards.acting |= (uint8_t)GUARD_PATH;
        trip(self);
        return drive;
    }
    self->pursuit = drive;
    self->driving_mission = !path_finished(&self->missions.path);
    return drive;
}

static robot_drive wanted(robot *self, uint32_t now_ms)
{
    robot_drive drive = {0, 0};

    if (self->charging) {
        return drive;
    }
    if (self->driving_mission) {
        return pursue(self, now_ms);
    }
    if (self->setpoint_lives &&
        ((now_ms - self->setpoint_from_ms) >= self->setpoint_ttl_ms)) {
        self->setpoint_lives = false;
    }
    if (self->setpoint_lives) {
        drive = self->setpoint;
    }
    return drive;
}

robot_drive robot_tick(robot *self, uint32_t now_ms, const robot_senses *now)
{
    robot_drive drive = {0, 0};

    self->senses = *now;
    const bool blocked = guards_look(&self->guards, now);
    if (self->state == STATE_ARMED) {
        if (!self->heard || ((now_ms - self->heard_ms) > ROBOT_SILENCE_MS) || blocked) {
            trip(self);
        } else {
            drive = wanted(self, now_ms);
        }
    }
    if ((drive.speed_mmps == 0) && (drive.turn_mradps == 0)) {
        guards_rest(&self->guards, now_ms);
        return drive;
    }
    return guards_ease(&self->guards, drive, now_ms);
}

static bool arm(robot *self)
{
    if ((self->state == STATE_ESTOPPED) ||
        ((self->guards.acting & GUARDS_STOPPING) != 0U)) {
        return false;
    }
    if ((self->state == STATE_HELD) && !at_rest(self)) {
        return false; /* what stopped itself comes to rest before it goes on */
    }
    if (self->state != STATE_ARMED) {
        forget_motion(self); /* motion needs a setpoint newer than the ARM */
    }
    self->state = STATE_ARMED;
    return true;
}

static bool disarm(robot *self)
{
    forget_motion(self);
    if (self->state != STATE_ESTOPPED) {
        self->state = STATE_DISARMED;
    }
    return true;
}

static bool clear_estop(robot *self, uint32_t token)
{
    if (self->state != STATE_ESTOPPED) {
        return true;
    }
    if ((token != self->estop_token) || !at_rest(self)) {
        return false;
    }
    self->state = STATE_DISARMED;
    return true;
}

static bool charge(robot *self)
{
    if (!at_rest(self)) {
        return false;
    }
    if (self->driving_mission) {
        forget_motion(self); /* or pulling the plug would set it off */
    }
    self->charging = true;
    return true;
}

static bool start_mission(robot *self)
{
    const bool ready = (self->missions.digest != 0U) &&
                       !path_finished(&self->missions.path) && !self->charging;
    if (!ready || (self->state != STATE_ARMED)) {
        return false;
    }
    if (!self->driving_mission) {
        forget_motion(self);
        self->guards.acting &= (uint8_t)~GUARD_PATH;
        self->driving_mission = true;
    }
    return true;
}

static void pause_mission(robot *self)
{
    if (self->driving_mission) {
        forget_motion(self);
    }
}

static bool carry_out(robot *self, uint8_t action, uint32_t token)
{
    bool done = true;

    switch (action) {
    case ACTION_ARM:
        done = arm(self);
        break;
    case ACTION_DISARM:
        done = disarm(self);
        break;
    case ACTION_CLEAR_ESTOP:
        done = clear_estop(self, token);
        break;
    case ACTION_SENSORS_ON:
        self->sensors_on = true;
        break;
    case ACTION_SENSORS_OFF:
        self->sensors_on = false;
        break;
    case ACTION_START_CHARGING:
        done = charge(self);
        break;
    case ACTION_START_MISSION:
        done = start_mission(self);
        break;
    case ACTION_PAUSE_MISSION:
        pause_mission(self);
        break;
    default: /* STOP_CHARGING: no other number comes this far */
        self->charging = false;
        break;
    }
    self->commands++;
    return done;
}

/* ---- answers ---- */

static void say(robot *self, uint8_t kind, uint16_t seq, const uint8_t *payload,
                uint8_t size)
{
    uint8_t wire[ROBOT_MOST_ANSWER];
    frame answer;

    answer.flags = 0U;
    answer.kind = kind;
    answer.session = self->session;
    answer.seq = seq;
    answer.ack = self->log.seq;
    answer.payload = payload;
    answer.payload_size = size;
    uint8_t size_now = frame_write(&answer, wire);
#ifdef ROBOT_SIGNING
    if (self->port->key != NULL) {
        self->sent++;
        size_now = sign_body(&self->key, self->boot_id, self->sent, &wire[1], size_now);
    }
#endif
    self->port->write(self->port->context, wire, frame_seal(wire, size_now));
}

static void welcome(robot *self, uint32_t nonce, uint8_t version)
{
    uint8_t payload[32];
    uint16_t has = CAPABILITIES;
    uint32_t heard = 0U;
#ifdef ROBOT_SIGNING
    if (self->port->key != NULL) {
        has |= CAPABILITY_SIGNED;
        heard = self->heard_counter;
    }
#endif

    put_u32(&payload[0], nonce);
    put_u32(&payload[4], self->boot_id);
    payload[8] = version;
    payload[9] = (uint8_t)self->state;
    put_u16(&payload[10], has);
    put_u32(&payload[12], self->estop_token);
    put_u16(&payload[16], self->previous.session);
    put_u16(&payload[18], self->previous.seq);
    (void)memcpy(&payload[20], self->previous.results, ROBOT_WINDOW);
    payload[24] = (uint8_t)ROBOT_PROTOCOL;
    payload[25] = (uint8_t)ROBOT_PROTOCOL;
    put_u16(&payload[26], self->missions.room);
    put_u32(&payload[28], heard);
    say(self, KIND_WELCOME, 0U, payload, (uint8_t)sizeof payload);
}

void robot_report(robot *self, uint32_t now_ms)
{
    uint8_t payload[33];
    const robot_senses *now = &self->senses;
    const uint32_t mission = self->missions.digest;

    put_u32(&payload[0], now_ms);
    put_u32(&payload[4], (uint32_t)now->x_mm);
    put_u32(&payload[8], (uint32_t)now->y_mm);
    put_u16(&payload[12], (uint16_t)now->heading_10mrad);
    put_u16(&payload[14], (uint16_t)now->speed_mmps);
    put_u16(&payload[16], now->battery);
    payload[18] = (uint8_t)self->state;
    payload[19] = (uint8_t)((self->sensors_on ? 1U : 0U) | (self->charging ? 2U : 0U));
    put_u32(&payload[20], self->estop_token);
    put_u32(&payload[24], mission);
    put_u32(&payload[28], (mission != 0U) ? self->missions.path.along_mm : 0U);
    payload[32] = self->guards.acting;
    self->report_seq++;
    say(self, KIND_REPORT, self->report_seq, payload, (uint8_t)sizeof payload);
}

static void begin_session(robot *self, uint32_t nonce)
{
    hold(self);
    self->previous = self->log;
    (void)memmove(&self->nonces[1], &self->nonces[0],
                  (ROBOT_NONCES - 1U) * sizeof self->nonces[0]);
    self->nonces[0] = nonce;
    if (self->nonces_known < ROBOT_NONCES) {
        self->nonces_known++;
    }
    self->session = self->next_session;
    self->next_session = session_after(self->session);
    self->log.session = self->session;
    self->log.seq = (uint16_t)(nonce & 0xFFFFU);
    self->setpoint_seq = self->log.seq;
    (void)memset(self->log.results, RESULT_NONE, ROBOT_WINDOW);
    save(self);
}

static void greet(robot *self, const uint8_t *payload)
{
    const uint32_t nonce = get_u32(payload);
    bool known = false;

    if ((payload[4] > ROBOT_PROTOCOL) || (payload[5] < ROBOT_PROTOCOL)) {
        welcome(self, nonce, 0U);
        return;
    }
    for (uint8_t at = 0U; at < self->nonces_known; at++) {
        known = known || (self->nonces[at] == nonce);
    }
    if (!known) {
        begin_session(self, nonce);
    } else if (nonce != self->nonces[0]) {
        return; /* late copy of a HELLO whose session is over */
    } else {
        self->session = self->log.session; /* also when asked again after a restart */
    }
    welcome(self, nonce, (uint8_t)ROBOT_PROTOCOL);
}

static bool estop_repeated(const robot *self, uint32_t token, uint16_t session)
{
    /* In doubt it is a new one: better to stop twice than not at all. */
    if (!self->estop_known || (session != self->estop_session)) {
        return false;
    }
    const bool newer = (session == 0U) || newer32(token, self->estop_token);
    return (token == self->estop_token) || !newer;
}

static void latch(robot *self, uint32_t token)
{
    forget_motion(self);
    self->state = STATE_ESTOPPED;
    self->port->stop(self->port->context);
    self->estop_token = token;
    self->commands++;
    save(self);
}

void robot_break(robot *self)
{
    if (self->state != STATE_ESTOPPED) { /* one that lasts is one */
        const uint32_t token = self->estop_token + 1U;
        self->estop_known = false; /* no ESTOP is a repetition of this one */
        self->estop_session = 0U;
        latch(self, (token != 0U) ? token : 1U);
    }
}

static void latch_estop(robot *self, const frame *request)
{
    const uint32_t token = get_u32(request->payload);

    if (!estop_repeated(self, token, request->session)) {
        self->estop_known = true;
        self->estop_session = request->session;
        latch(self, token);
    }
    say(self, KIND_ESTOP_ACK, 0U, request->payload, 4U);
}

static void obey(robot *self, const frame *request)
{
    if (request->seq == (uint16_t)(self->log.seq + 1U)) {
        const bool done =
            carry_out(self, request->payload[0], get_u32(&request->payload[1]));
        (void)memmove(&self->log.results[1], &self->log.results[0], ROBOT_WINDOW - 1U);
        self->log.results[0] = done ? (uint8_t)RESULT_DONE : (uint8_t)RESULT_REFUSED;
        self->log.seq = request->seq;
        save(self);
    } else if (newer16(request->seq, self->log.seq)) {
        return; /* one before it is missing, and will be sent again */
    } else {
        /* an older one is answered and not repeated */
    }
    say(self, KIND_RESULTS, 0U, self->log.results, (uint8_t)ROBOT_WINDOW);
}

static void take_setpoint(robot *self, const frame *request, uint32_t now_ms)
{
    if (!newer16(request->seq, self->setpoint_seq)) {
        return;
    }
    self->setpoint_seq = request->seq;
    if (self->state == STATE_ARMED) {
        forget_motion(self); /* it pauses a mission: what the host said last counts */
        const uint16_t ttl_ms = get_u16(&request->payload[4]);
        self->setpoint.speed_mmps = (int16_t)get_u16(&request->payload[0]);
        self->setpoint.turn_mradps = (int16_t)get_u16(&request->payload[2]);
        self->setpoint_from_ms = now_ms;
        self->setpoint_ttl_ms =
            (ttl_ms < ROBOT_MOST_TTL_MS) ? ttl_ms : (uint16_t)ROBOT_MOST_TTL_MS;
        self->setpoint_lives = true;
    }
}

static bool order_known(uint8_t action)
{
    return (action >= ACTION_ARM) && (action <= ACTION_PAUSE_MISSION) &&
           (action != 3U); /* 3 is the e-stop, which has a message of its own */
}

/* Tell whether a good frame is a message for a robot. */
static bool well_formed(const frame *request)
{
    bool well = false;

    switch (request->kind) {
    case KIND_HELLO:
    case KIND_SETPOINT:
        well = request->payload_size == 6U;
        break;
    case KIND_HEARTBEAT:
        well = request->payload_size == 0U;
        break;
    case KIND_ORDER:
        well = (request->payload_size == 5U) && order_known(request->payload[0]);
        break;
    case KIND_ESTOP:
        well = (request->payload_size == 4U) && (get_u32(request->payload) != 0U);
        break;
    case KIND_LOAD:
        well = (request->payload_size == 20U) && (get_u32(request->payload) != 0U) &&
               (get_u16(&request->payload[4]) != 0U) &&
               (get_u16(&request->payload[18]) != 0U);
        break;
    case KIND_PART:
        well = (request->payload_size > 6U) &&
               (request->payload_size <= (6U + MISSION_PART));
        break;
    case KIND_COMMIT:
        well = request->payload_size == 4U;
        break;
    case KIND_LIMIT:
        well = request->payload_size == 8U;
        break;
    case KIND_FENCE:
        well = guards_fence_known(request->payload, request->payload_size);
        break;
    default: /* a robot's own messages, and what nobody knows */
        break;
    }
    return well;
}

static void say_loaded(robot *self, const mission_loaded *loaded)
{
    uint8_t payload[11];
    put_u32(&payload[0], loaded->digest);
    payload[4] = loaded->state;
    put_u16(&payload[5], loaded->lacking);
    put_u32(&payload[7], loaded->beyond);
    say(self, KIND_LOADED, 0U, payload, (uint8_t)sizeof payload);
}

static void load(robot *self, const frame *request)
{
    mission_loaded loaded;
    bool changed = false;

    if (request->kind == KIND_LOAD) {
        loaded = missions_begin(&self->missions, request->payload);
    } else if (request->kind == KIND_PART) {
        loaded = missions_take(&self->missions, request->payload, request->payload_size);
    } else {
        loaded = missions_commit(&self->missions, get_u32(request->payload), &changed);
        if (changed) {
            pause_mission(self);
        }
    }
    say_loaded(self, &loaded);
}

static void limit(robot *self, const uint8_t *from)
{
    uint8_t payload[8];
    const robot_limits by = {get_u16(&from[0]), get_u16(&from[2]), get_u16(&from[4]),
                             get_u16(&from[6])};
    const robot_limits *now = &self->guards.limits;

    guards_tighten(&self->guards, &by);
    (void)guards_look(&self->guards, &self->senses); /* ARM may come before the loop */
    put_u16(&payload[0], now->speed_mmps);
    put_u16(&payload[2], now->accel_mmps2);
    put_u16(&payload[4], now->tilt_mrad);
    put_u16(&payload[6], now->battery);
    say(self, KIND_LIMITS_NOW, 0U, payload, (uint8_t)sizeof payload);
}

static void enclose(robot *self, const uint8_t *fence)
{
    uint8_t payload[4];
    put_u32(payload, guards_enclose(&self->guards, fence));
    (void)guards_look(&self->guards, &self->senses);
    say(self, KIND_FENCE_NOW, 0U, payload, (uint8_t)sizeof payload);
}

static void serve(robot *self, const frame *request, uint32_t now_ms)
{
    if ((request->session != self->session) || (self->session == 0U)) {
        return;
    }
    self->heard = true;
    self->heard_ms = now_ms;
    switch (request->kind) {
    case KIND_SETPOINT:
        take_setpoint(self, request, now_ms);
        break;
    case KIND_ORDER:
        obey(self, request);
        break;
    case KIND_LOAD:
    case KIND_PART:
    case KIND_COMMIT:
        load(self, request);
        break;
    case KIND_LIMIT:
        limit(self, request->payload);
        break;
    case KIND_FENCE:
        enclose(self, request->payload);
        break;
    default: /* a heartbeat has been heard, which is all it is for */
        break;
    }
}

#ifdef ROBOT_SIGNING
/* Tell whether a frame may be taken; who wants the robot to stop, needs no key. */
static bool believed(robot *self, frame *request)
{
    if ((self->port->key == NULL) || (request->kind == KIND_HELLO) ||
        (request->kind == KIND_ESTOP)) {
        return true;
    }
    return (request->session == self->session) &&
           sign_check(&self->key, self->boot_id, &self->heard_counter, request);
}
#endif

void robot_receive(robot *self, const uint8_t *bytes, uint16_t size, uint32_t now_ms)
{
    frame request = {0U, 0U, 0U, 0U, 0U, NULL, 0U};

    for (uint16_t at = 0U; at < size; at++) {
        if (!frame_feed(&self->decoder, bytes[at], &request)) {
            continue;
        }
#ifdef ROBOT_SIGNING
        if (!believed(self, &request)) {
            self->malformed++;
            continue;
        }
#endif
        if (!well_formed(&request)) {
            self->malformed++;
        } else if (request.kind == KIND_HELLO) {
            greet(self, request.payload);
        } else if (request.kind == KIND_ESTOP) {
            latch_estop(self, &request);
        } else {
            serve(self, &request, now_ms);
        }
    }
}
