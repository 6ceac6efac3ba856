/*
 * Test tool: runs firmware_avr.elf in simavr behind a pseudo-terminal, prints its name,
 * and tells on standard error how many microseconds of the chip's time lay between the
 * last byte it was sent and its motors being cut (PB5 low).
 *
 *     run_simavr firmware_avr.elf
 *
 * SIGUSR1 cuts its power for a moment: RAM forgets, EEPROM does not. SIGUSR2 is a BREAK
 * of its line.
 *
 * simavr is GPL-3 or later: this stays a tool that tests compile, and no part of Patrol.
 */
#include <avr_ioport.h>
#include <avr_uart.h>
#include <sim_avr.h>
#include <sim_elf.h>
#include <sim_irq.h>
#include <uart_pty.h>

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RAM_FROM 0x100U
#define RAM_GARBAGE 0xA5

static avr_cycle_count_t last_byte;
static volatile sig_atomic_t line_break;
static volatile sig_atomic_t power_cut;

static void on_power_cut(int number)
{
    (void)number;
    power_cut = 1;
}

static void on_line_break(int number)
{
    (void)number;
    line_break = 1;
}

static void on_byte(avr_irq_t *irq, uint32_t value, void *context)
{
    const avr_t *avr = context;
    (void)irq;
    (void)value;
    last_byte = avr->cycle;
}

static void on_enable(avr_irq_t *irq, uint32_t value, void *context)
{
    const avr_t *avr = context;
    if ((value == 0U) && (irq->value != 0U)) {
        (void)fprintf(stderr, "%llu\n",
                      (unsigned long long)((avr->cycle - last_byte) / 16U));
    }
}

int main(int count, char **words)
{
    static elf_firmware_t firmware;
    static uart_pty_t terminal;
    uint32_t flags = 0U;
    FILE *out = fdopen(dup(STDOUT_FILENO), "w");

    /* simavr talks on standard output, which belongs to the name. */
    if ((out == NULL) || (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)) {
        return EXIT_FAILURE;
    }
    if ((count != 2) || (elf_read_firmware(words[1], &firmware) != 0)) {
        (void)fprintf(stderr, "use: %s FIRMWARE.elf\n", words[0]);
        return EXIT_FAILURE;
    }
    avr_t *avr = avr_make_mcu_by_name("atmega328p");
    if ((avr == NULL) || (avr_init(avr) != 0)) {
        return EXIT_FAILURE;
    }
    avr->frequency = 16000000U;
    avr->log = LOG_NONE;
    avr_load_firmware(avr, &firmware);
    (void)avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)AVR_UART_FLAG_STDIO;
    (void)avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    uart_pty_init(avr, &terminal);
    uart_pty_connect(&terminal, '0');
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT),
                            on_byte, avr);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 5), on_enable,
                            avr);
    (void)fprintf(out, "%s\n", terminal.pty.slavename);
    (void)fflush(out);
    (void)signal(SIGUSR1, on_power_cut);
    (void)signal(SIGUSR2, on_line_break);
    for (;;) {
        if (power_cut != 0) {
            power_cut = 0;
            (void)memset(&avr->data[RAM_FROM], RAM_GARBAGE, avr->ramend + 1U - RAM_FROM);
            avr_reset(avr);
        }
        if (line_break != 0) {
            line_break = 0;
            avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT),
                          UART_INPUT_FE);
        }
        const int state = avr_run(avr);
        if ((state == cpu_Done) || (state == cpu_Crashed)) {
            return EXIT_FAILURE;
        }
    }
}
