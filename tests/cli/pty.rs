//! A terminal like that of a user: the test presses keys and reads the screen.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use rexpect::process::PtyProcess;

use super::sandbox::{APIKEY, Sandbox};
use super::waiting::PATIENCE;

/// Keys that send control characters or escape sequences.
pub const ENTER: &str = "\r";
pub const DOWN: &str = "\u{1b}[B";
pub const RIGHT: &str = "\u{1b}[C";
pub const LEFT: &str = "\u{1b}[D";
pub const SPACE: &str = " ";
pub const ESCAPE: &str = "\u{1b}";
pub const CTRL_C: &str = "\u{3}";

pub struct Terminal {
    /// Killed when this is dropped.
    _process: PtyProcess,
    keyboard: std::fs::File,
    incoming: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Every byte that the screen received.
    pub bytes: Vec<u8>,
}

fn size(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

impl Terminal {
    /// Runs a line of sh, which may contain `$APIKEY`, on a screen of that many columns.
    pub fn open(sandbox: &Sandbox, columns: u16, line: &str) -> Self {
        Self::with(sandbox, columns, &[], line)
    }

    /// Does the same with further environment variables.
    pub fn with(sandbox: &Sandbox, columns: u16, environment: &[(&str, &str)], line: &str) -> Self {
        const ROWS: u16 = 40;
        let mut command = std::process::Command::new("/bin/sh");
        // The last process keeps the terminal open, because closing it can discard output.
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
            .envs(sandbox.environment())
            .envs(environment.iter().copied())
            .current_dir(sandbox.home());
        let mut process = PtyProcess::new(command).unwrap();
        // A process that survives this time after SIGTERM is killed.
        process.set_kill_timeout(Some(1000));
        let keyboard = process.get_file_handle().unwrap();
        let mut output = process.get_file_handle().unwrap();
        let (send, incoming) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // A closed terminal is EIO.
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
                self.receive(deadline),
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

    /// Waits until the screen meets `condition`.
    #[track_caller]
    pub fn waits_until(&mut self, condition: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self.screen.screen()) {
            assert!(
                self.receive(deadline),
                "the screen is:\n{}",
                self.contents()
            );
        }
    }

    /// Resizes the screen of the test, but not the terminal.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.screen.screen_mut().set_size(size(rows), size(columns));
    }

    /// Shrinks the terminal, as a user can do with a window.
    pub fn shrink(&mut self, rows: u16, columns: u16) {
        let smaller = rustix::termios::Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        rustix::termios::tcsetwinsize(&self.keyboard, smaller).unwrap();
    }

    /// Returns the text on the screen.
    pub fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    pub fn is_alternate(&self) -> bool {
        self.screen.screen().alternate_screen()
    }

    /// Receives more output. Returns false at its end and at the deadline.
    fn receive(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(bytes) = self.incoming.recv_timeout(left) else {
            return false;
        };
        self.screen.process(&bytes);
        self.bytes.extend(bytes);
        true
    }

    /// Waits for the end of the line. Returns its exit code.
    #[track_caller]
    pub fn ends(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = String::from_utf8_lossy(&self.bytes);
            let code = text.rsplit_once("exit code ").map(|(_, code)| code);
            if let Some((code, _)) = code.and_then(|code| code.split_once('\n')) {
                return code.trim().parse().unwrap();
            }
            assert!(
                self.receive(deadline),
                "it did not end:\n{}",
                self.contents()
            );
        }
    }

    /// Waits for the end of the line, and checks its exit code and that the terminal is restored.
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
