//! Interruptions of the hidden prompt of `verify`.

use rustix::process::{Pid, Signal, kill_process};

use super::process::child_in;
use super::pty::{CTRL_C, Terminal};
use super::sandbox::Sandbox;

#[test]
fn ctrl_c_or_a_signal_interrupts_the_hidden_prompt() {
    let sandbox = Sandbox::new();
    for typed in ["", "apik_"] {
        let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY --json verify");
        terminal.sees("Secret: ");
        terminal.press(&format!("{typed}{CTRL_C}"));
        terminal.sees("\"code\":\"interrupted\"");
        terminal.exits(&sandbox, 130);
    }
    let mut terminal = Terminal::open(&sandbox, 80, "$APIKEY --json verify");
    terminal.sees("Secret: ");
    let pid = Pid::from_raw(child_in(&sandbox).cast_signed()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    terminal.sees("\"code\":\"interrupted\"");
    terminal.exits(&sandbox, 130);
}
