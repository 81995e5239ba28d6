//! A terminal as a person has it: keys are pressed, and a screen is looked at.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use rexpect::process::PtyProcess;

use super::sandbox::{APIKEY, Sandbox};
use super::waiting::PATIENCE;

/// Keys that are no characters.
pub const ENTER: &str = "\r";
pub const DOWN: &str = "\u{1b}[B";
pub const RIGHT: &str = "\u{1b}[C";
pub const LEFT: &str = "\u{1b}[D";
pub const SPACE: &str = " ";
pub const ESCAPE: &str = "\u{1b}";
pub const CTRL_C: &str = "\u{3}";

pub struct Terminal {
    /// Killed with this.
    _process: PtyProcess,
    keyboard: std::fs::File,
    incoming: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Every byte that was sent to the screen.
    pub bytes: Vec<u8>,
}

fn size(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

impl Terminal {
    /// Runs a line of sh with `$APIKEY` in it, on a screen of that many columns.
    pub fn open(sandbox: &Sandbox, columns: u16, line: &str) -> Self {
        Self::with(sandbox, columns, &[], line)
    }

    /// As [`open`](Self::open), with more in the environment.
    pub fn with(sandbox: &Sandbox, columns: u16, environment: &[(&str, &str)], line: &str) -> Self {
        const ROWS: u16 = 40;
        let mut command = std::process::Command::new("/bin/sh");
        // What is left in a terminal that the last process closes may be lost: so
        // it reads on.
        let line = format!(
            "stty echo cols {columns} rows {ROWS}; stty -g > before; echo $$ > pid; trap : INT; {line}; code=$?; \
             stty -g > after; echo exit code $code; read end"
        );
        command
            .args(["-c", &line])
            .env_clear()
            .env("HOME", sandbox.home())
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TERM", "xterm")
            .env("APIKEY", APIKEY)
            .envs(environment.iter().copied())
            .current_dir(sandbox.home());
        let mut process = PtyProcess::new(command).unwrap();
        // One that stays when it is asked to end is killed.
        process.set_kill_timeout(Some(1000));
        let keyboard = process.get_file_handle().unwrap();
        let mut output = process.get_file_handle().unwrap();
        let (send, incoming) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end is EIO.
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                if send.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            _process: process,
            keyboard,
            incoming,
            screen: vt100::Parser::new(size(ROWS), size(columns), 0),
            bytes: Vec::new(),
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is on the screen.
    #[track_caller]
    pub fn sees(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.contents().contains(text) {
            assert!(
                self.more(deadline),
                "{text:?} is not on the screen:\n{}",
                self.contents()
            );
        }
    }

    /// Waits until `text` is on the screen, then presses `keys`.
    #[track_caller]
    pub fn at(&mut self, text: &str, keys: &str) {
        self.sees(text);
        self.press(keys);
    }

    /// Waits until the screen is, as a person sees it, what `is_so` says.
    #[track_caller]
    pub fn waits_until(&mut self, is_so: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self.screen.screen()) {
            assert!(self.more(deadline), "the screen is:\n{}", self.contents());
        }
    }

    /// Makes the screen that looks on as small as the one that is written to.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.screen.screen_mut().set_size(size(rows), size(columns));
    }

    /// Makes the terminal smaller, as a person does who drags its corner.
    pub fn shrink(&mut self, rows: u16, columns: u16) {
        let smaller = rustix::termios::Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        rustix::termios::tcsetwinsize(&self.keyboard, smaller).unwrap();
    }

    /// What is on the screen.
    pub fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    pub fn is_alternate(&self) -> bool {
        self.screen.screen().alternate_screen()
    }

    /// Takes what comes next; false at the end and at the deadline.
    fn more(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(bytes) = self.incoming.recv_timeout(left) else {
            return false;
        };
        self.screen.process(&bytes);
        self.bytes.extend(bytes);
        true
    }

    /// Waits for the end, and returns the exit code.
    #[track_caller]
    pub fn ends(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = String::from_utf8_lossy(&self.bytes);
            let code = text.rsplit_once("exit code ").map(|(_, code)| code);
            if let Some((code, _)) = code.and_then(|code| code.split_once('\n')) {
                return code.trim().parse().unwrap();
            }
            assert!(self.more(deadline), "it did not end:\n{}", self.contents());
        }
    }

    /// Waits for the end, which must leave the terminal as it was.
    #[track_caller]
    pub fn exits(&mut self, sandbox: &Sandbox, code: i32) {
        let ended = self.ends();
        assert_eq!(ended, code, "{}", self.contents());
        let settings = |name: &str| std::fs::read(sandbox.path(name)).unwrap();
        assert_eq!(settings("before"), settings("after"), "the settings");
        assert!(!self.screen.screen().hide_cursor(), "the cursor is hidden");
        assert!(!self.is_alternate(), "the alternate screen was not left");
    }
}
