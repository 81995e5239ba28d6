//! The README's picture, `docs/session.svg`: a session with the built binary, in colour.

use std::os::unix::fs::FileExt;

use anstyle::{Color, RgbColor};
use anstyle_svg::{Term, WIN10_CONSOLE};

use super::examples::path;
use super::sandbox::{Sandbox, clock, finish};
use super::{check, root};

const SESSION: [&str; 5] = [
    "apikey create deploy --group readonly --export .",
    "apikey verify < deploy.APIKEY",
    "apikey list  # two days later",
    "apikey deactivate deploy",
    "apikey verify < deploy.APIKEY; echo \"exit code $?\"",
];

/// The id and the last four characters that the picture shows for every secret.
const SHORT_FORM: &str = "apik_7Kd93mZQ…9fQ2";

/// The widest line that fits a terminal of 80 columns.
const MAX_COLUMNS: usize = 80;

/// Bold, as the picture shows what is typed.
const TYPED: &str = "\x1b[1m";
const PROMPT: &str = "\x1b[36m$\x1b[0m";
const RESET: &str = "\x1b[0m";

/// Sets the key to created two days ago and last used an hour ago.
fn make_two_days_pass(sandbox: &Sandbox) {
    const HOUR: i64 = 3600;
    sandbox.age(48 * HOUR);
    let usage = std::fs::File::options().write(true).open(sandbox.usage());
    let an_hour_ago = clock() - HOUR;
    // The first secret's record begins at byte 16, with the last use.
    let usage = usage.unwrap();
    usage.write_all_at(&an_hour_ago.to_le_bytes(), 16).unwrap();
}

/// Runs the session; returns prompts, commands and output as a terminal shows them.
fn transcript() -> String {
    let sandbox = Sandbox::new();
    let mut transcript = String::new();
    for line in SESSION {
        if line.contains("two days later") {
            make_two_days_pass(&sandbox);
        }
        let mut command = sandbox.program("/bin/sh");
        command
            .args(["-c", &format!("exec 2>&1; {line}")])
            .env("PATH", path())
            .env("CLICOLOR_FORCE", "1")
            .env("SUDO_USER", "alice");
        let printed = finish(command.spawn().unwrap()).succeeds().stdout;
        transcript += &format!("{PROMPT} {TYPED}{line}{RESET}\n{printed}");
    }
    let key = sandbox.show("deploy")["key"].as_str().unwrap().to_owned();
    transcript.replace(&key, SHORT_FORM)
}

/// Adds the view box without which a browser crops a narrow picture, where it should shrink it.
fn scalable(svg: &str) -> String {
    let (open, rest) = svg.split_once('>').unwrap();
    let size = |name: &str| {
        let (_, value) = open.split_once(&format!("{name}=\"")).unwrap();
        value.split_once("px").unwrap().0
    };
    let (width, height) = (size("width"), size("height"));
    format!("{open} viewBox=\"0 0 {width} {height}\">{rest}")
}

#[test]
fn the_readmes_picture_shows_what_the_binary_prints() {
    let transcript = transcript();
    for line in anstream::adapter::strip_str(&transcript)
        .to_string()
        .lines()
    {
        assert!(line.chars().count() <= MAX_COLUMNS, "too wide: {line}");
    }
    let svg = Term::new()
        .palette(WIN10_CONSOLE)
        .fg_color(Color::Rgb(RgbColor(0xd1, 0xd7, 0xe0)))
        .bg_color(Color::Rgb(RgbColor(0x16, 0x1b, 0x22)))
        .render_svg(transcript.trim_end());
    check(&root().join("docs/session.svg"), scalable(&svg).as_bytes());
}
