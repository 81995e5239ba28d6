//! The screens that users see most, compared with those in `tests/fixtures/screens`.
//! `APIKEY_BLESS=1` writes them.

use std::fmt::Write;
use std::path::Path;

use super::pty::{DOWN, ENTER, SPACE, Terminal};
use super::sandbox::Sandbox;

/// The operator of these screens.
const ALICE: (&str, &str) = ("SUDO_USER", "alice");

/// Returns a database with a key of each kind, created and used at known times.
fn furnished() -> Sandbox {
    let sandbox = Sandbox::new();
    for args in [
        &[
            "group",
            "create",
            "deploy",
            "--allow",
            "deploy:*",
            "--allow",
            "log:read@prod-*",
        ][..],
        &[
            "user", "add", "alice", "-g", "admin", "-g", "deploy", "-g", "readonly",
        ],
    ] {
        sandbox.run(args).succeeds();
    }
    let keys = [
        &[
            "deploy-bot",
            "-g",
            "deploy",
            "-g",
            "readonly",
            "--owner",
            "alice",
            "--expires",
            "90d",
            "-d",
            "deploys the shop at night, and by day when somebody asks for it nicely",
        ][..],
        &["nightly", "-g", "readonly", "--app", "billing"],
        &["old-import", "-g", "deploy", "--allow", "order:create@eu-*"],
    ];
    for key in keys {
        let args = [&["create"], key].concat();
        sandbox.as_user("alice", &args).succeeds();
    }
    sandbox.run(&["deactivate", "nightly"]).succeeds();
    // The times are in the middle of a rounding interval, so that a few seconds don't matter.
    sandbox.sql(
        "UPDATE keys SET created_at = unixepoch() - 100 * 86400;
         UPDATE keys SET expires_at = unixepoch() + 12 * 86400 WHERE name = 'deploy-bot';
         UPDATE keys SET expires_at = unixepoch() - 3 * 86400 WHERE name = 'old-import';",
    );
    let usage = std::fs::File::options()
        .write(true)
        .open(sandbox.usage())
        .unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    // Slot 0 has the start of the record.
    for (slot, ago) in [(0, 200 * 86_400), (1, 2 * 3600), (3, 40 * 86_400)] {
        let at: u64 = now - ago;
        std::os::unix::fs::FileExt::write_all_at(&usage, &at.to_le_bytes(), slot * 16).unwrap();
    }
    sandbox
}

/// Returns the text on the screen, with a mark before each change of weight or colour.
fn drawn(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let mut text = String::new();
    for row in 0..rows.get() {
        let mut line = String::new();
        let mut before = String::new();
        for column in 0..columns.get() {
            let Some(cell) = screen.cell(row, column) else {
                continue;
            };
            if cell.is_wide_continuation() {
                continue;
            }
            let color = match cell.fgcolor() {
                vt100::Color::Default => "",
                vt100::Color::Idx(1 | 9) => "red",
                vt100::Color::Idx(2 | 10) => "green",
                vt100::Color::Idx(3 | 11) => "yellow",
                vt100::Color::Idx(6 | 14) => "cyan",
                other => panic!("{other:?} has no meaning"),
            };
            let weight = match (cell.bold(), cell.dim()) {
                (true, _) => "bold ",
                (false, true) => "dim ",
                (false, false) => "",
            };
            let look = format!("{weight}{color}").trim_end().to_owned();
            if look != before {
                write!(line, "<{look}>").unwrap();
                before = look;
            }
            line.push_str(if cell.has_contents() {
                cell.contents()
            } else {
                " "
            });
        }
        if !before.is_empty() {
            line.push_str("<>");
        }
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    let (text, _) = text.split_once("exit code").unwrap_or((&text, ""));
    format!("{}\n", text.trim_end())
}

/// Replaces everything that differs from run to run by a text of the same length.
fn redacted(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("apik_") {
        let (before, secret) = rest.split_at(at + "apik_".len());
        clean.push_str(before);
        let is_part = |c: &char| c.is_ascii_alphanumeric() || "_…".contains(*c);
        let len = secret.chars().take_while(is_part).count();
        let masked = secret.chars().take(len);
        clean.extend(masked.map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c }));
        rest = &secret[secret
            .char_indices()
            .nth(len)
            .map_or(secret.len(), |(at, _)| at)..];
    }
    clean.push_str(rest);
    let id_line = |line: &str| {
        let is_id = line.starts_with("id ") || line.starts_with("<bold>id ");
        match (is_id, line.trim_end().len().checked_sub(8)) {
            (true, Some(at)) => format!("{}xxxxxxxx", &line[..at]),
            _ => line.to_owned(),
        }
    };
    let lines: Vec<String> = clean.lines().map(id_line).collect();
    let mut text = lines.join("\n") + "\n";
    while let Some(at) = time(&text) {
        text.replace_range(at..at + 20, "the-time-of-this-run");
    }
    text
}

/// Returns the position of the first `2026-11-21T12:00:00Z`.
fn time(text: &str) -> Option<usize> {
    const FORM: &str = "dddd-dd-ddTdd:dd:ddZ";
    let is_time = |bytes: &[u8]| {
        bytes
            .iter()
            .zip(FORM.bytes())
            .all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                form => *byte == form,
            })
    };
    text.as_bytes().windows(FORM.len()).position(is_time)
}

/// Compares a screen with its fixture.
#[track_caller]
fn check(name: &str, terminal: &Terminal) {
    let found = redacted(&drawn(terminal.screen()));
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/screens")
        .join(format!("{name}.txt"));
    if std::env::var_os("APIKEY_BLESS").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} differs; found:\n{found}\nexpected:\n{expected}\nAPIKEY_BLESS=1 writes it",
        path.display()
    );
}

/// Checks a screen at each width, with and without colour.
fn on_every_screen(name: &str, look: impl Fn(&Sandbox, u16, &[(&str, &str)]) -> Terminal) {
    let sandbox = furnished();
    for columns in [80, 120] {
        for (color, environment) in [("", &[ALICE, ("NO_COLOR", "1")][..]), ("-colour", &[ALICE])] {
            let terminal = look(&sandbox, columns, environment);
            for row in 0..40 {
                assert!(
                    !terminal.screen().row_wrapped(row),
                    "{}",
                    terminal.contents()
                );
            }
            check(&format!("{name}-{columns}{color}"), &terminal);
        }
    }
}

#[test]
fn the_screen_of_list() {
    on_every_screen("list", |sandbox, columns, environment| {
        let mut terminal = Terminal::with(sandbox, columns, environment, "$APIKEY list");
        terminal.exits(sandbox, 0);
        terminal
    });
}

#[test]
fn the_screen_of_show() {
    on_every_screen("show", |sandbox, columns, environment| {
        let line = "$APIKEY show deploy-bot; echo; $APIKEY show old-import";
        let mut terminal = Terminal::with(sandbox, columns, environment, line);
        terminal.exits(sandbox, 0);
        terminal
    });
}

#[test]
fn the_screen_of_create() {
    on_every_screen("create", |sandbox, columns, environment| {
        let line = "env -u SUDO_USER $APIKEY create";
        let mut terminal = Terminal::with(sandbox, columns, environment, line);
        terminal.at("Name:", "web\r");
        terminal.at("Description:", "the shop's own\r");
        terminal.at("> [ ] deploy", SPACE);
        terminal.at("> [x] deploy", ENTER);
        terminal.at("> (no owner)", "ali");
        terminal.at("> alice", ENTER);
        terminal.at("[30d]:", "90d\r");
        terminal.at("Create this key?", ENTER);
        terminal.sees("cancel");
        terminal.press(DOWN);
        terminal.at("> write to", DOWN);
        terminal.at("> show on this screen", ENTER);
        terminal.at("Press Enter", ENTER);
        terminal.exits(sandbox, 0);
        sandbox.run(&["delete", "web", "--yes"]).succeeds();
        terminal
    });
}

#[test]
fn the_screen_of_delete() {
    on_every_screen("delete", |sandbox, columns, environment| {
        let line = "$APIKEY delete deploy-bot nightly old-import";
        let mut terminal = Terminal::with(sandbox, columns, environment, line);
        terminal.at("for good? [y/N]:", "n\r");
        terminal.exits(sandbox, 1);
        terminal
    });
}

#[test]
fn every_table_fits_its_screen_with_complete_short_forms() {
    let sandbox = furnished();
    let short = sandbox.show("deploy-bot")["key"]
        .as_str()
        .unwrap()
        .to_owned();
    for columns in (20..=60)
        .step_by(4)
        .chain([70, 90, 100, 110, 130, 140, 200])
    {
        for line in [
            "list",
            "list --wide",
            "show deploy-bot",
            "group list",
            "user list",
        ] {
            // Without the note on dropped columns.
            let line = format!("$APIKEY {line} 2> /dev/null");
            let mut terminal = Terminal::open(&sandbox, columns, &line);
            terminal.exits(&sandbox, 0);
            for row in 0..40 {
                assert!(
                    !terminal.screen().row_wrapped(row),
                    "{line} at {columns}:\n{}",
                    terminal.contents()
                );
            }
            let has_short_form = !line.contains("group") && !line.contains("user");
            assert!(
                !has_short_form || terminal.contents().contains(&short),
                "{line} at {columns}:\n{}",
                terminal.contents()
            );
        }
    }
}

#[test]
fn columns_are_dropped_in_the_promised_order() {
    let sandbox = furnished();
    let mut dropped: Vec<&str> = Vec::new();
    for columns in (34..=260).rev().step_by(3) {
        let mut terminal = Terminal::open(&sandbox, columns, "$APIKEY list");
        terminal.exits(&sandbox, 0);
        let contents = terminal.contents();
        let heading = contents.lines().next().unwrap();
        for column in [
            "CREATED BY",
            "CREATED",
            "APPLICATION",
            "OWNER",
            "DESCRIPTION",
            "EXPIRES",
        ] {
            let is_there = match column {
                "CREATED" => heading.replace("CREATED BY", "").contains("CREATED"),
                column => heading.contains(column),
            };
            if !is_there && !dropped.contains(&column) {
                dropped.push(column);
            }
            assert!(
                !is_there || !dropped.contains(&column),
                "{column} is back at {columns}"
            );
        }
    }
    assert_eq!(
        dropped,
        [
            "CREATED BY",
            "CREATED",
            "APPLICATION",
            "OWNER",
            "DESCRIPTION",
            "EXPIRES"
        ]
    );
}
