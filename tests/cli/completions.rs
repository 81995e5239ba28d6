//! The completion scripts in their shells: each is installed in a directory and finds `apikey`
//! on PATH, and TAB is pressed at a terminal.

use rexpect::session::{PtySession, spawn_command};

use super::sandbox::{APIKEY, Sandbox, finish, has};
use super::waiting::{TERMINAL_PATIENCE, is_installed};

/// A shell that reads only the installed script. It gets two key bindings: C-x p prints the
/// line, C-x a inserts all candidates.
struct Shell {
    name: &'static str,
    /// The path of the installed script.
    script: &'static str,
    start: &'static [&'static str],
    set_up: &'static str,
}

const BASH: Shell = Shell {
    name: "bash",
    script: "scripts/apikey.bash",
    start: &["--noprofile", "--norc", "-i"],
    set_up: r#"PS1='> '; source scripts/apikey.bash; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; bind -x '"\C-xp": echo "LINE<$READLINE_LINE>"'; bind '"\C-xa": insert-completions'"#,
};

const ZSH: Shell = Shell {
    name: "zsh",
    script: "scripts/_apikey",
    start: &["-f", "-i"],
    set_up: r#"PS1='> '; unsetopt zle_bracketed_paste beep; fpath=($PWD/scripts $fpath); autoload -Uz compinit; compinit -u; unset zle_bracketed_paste; bindkey -e; line() { print -r -- "LINE<$BUFFER>" }; zle -N line; bindkey '^Xp' line; zle -C all complete-word _generic; zstyle ':completion:all:*' completer _all_matches _complete; zstyle ':completion:all:*' insert true; bindkey '^Xa' all"#,
};

const FISH: Shell = Shell {
    name: "fish",
    script: ".config/fish/completions/apikey.fish",
    start: &["-i"],
    set_up: r#"function fish_prompt; echo '> '; end; bind \cxp 'echo "LINE<"(commandline)">"'"#,
};

/// Returns a home directory with a database, the installed script of `shell`, and `apikey` in
/// bin.
fn installed(shell: &Shell) -> Sandbox {
    let sandbox = Sandbox::new();
    let script = sandbox.run(&["completions", shell.name]).succeeds().stdout;
    let path = sandbox.path(shell.script);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, script).unwrap();
    std::fs::create_dir(sandbox.path("bin")).unwrap();
    std::os::unix::fs::symlink(APIKEY, sandbox.path("bin/apikey")).unwrap();
    for args in [
        &[
            "group",
            "create",
            "deploy",
            "--allow",
            "deploy:start@prod-*",
        ][..],
        &["user", "add", "alice@corp", "-g", "deploy"],
        &["user", "add", "CORP\\bob", "-g", "deploy"],
        &["create", "nightly.eu-1", "-g", "deploy", "--app", "shop"],
        &["create", "nightly.us-1", "-g", "readonly"],
        &["create", "off", "-g", "readonly"],
        &["deactivate", "off"],
        &["--db", "other.db", "init"],
        &["--db", "other.db", "create", "elsewhere", "-g", "readonly"],
    ] {
        sandbox.run(args).succeeds();
    }
    sandbox
}

/// Starts `shell` at a terminal and waits until it is ready.
fn at_a_terminal(sandbox: &Sandbox, shell: &Shell) -> PtySession {
    let path = std::env::var_os("PATH").unwrap();
    let bin = std::iter::once(sandbox.path("bin")).chain(std::env::split_paths(&path));
    let mut command = std::process::Command::new(shell.name);
    command
        .args(shell.start)
        .env_clear()
        .env("HOME", sandbox.home())
        .env("PATH", std::env::join_paths(bin).unwrap())
        .env("TERM", "xterm")
        .env("LANG", "C.UTF-8")
        .current_dir(sandbox.home());
    let mut session = spawn_command(command, TERMINAL_PATIENCE).unwrap();
    // The terminal is wide enough that no line wraps.
    session.send_line("stty cols 400 rows 50").unwrap();
    session.send_line(shell.set_up).unwrap();
    session.send_line("echo rea''dy").unwrap();
    session.exp_string("ready").unwrap();
    session
}

/// Returns the line in the editor after `typed` is typed.
fn line_after(session: &mut PtySession, typed: &str) -> String {
    // C-u deletes the previous line.
    session.send(&format!("\u{15}{typed}\u{18}p")).unwrap();
    session.flush().unwrap();
    session.exp_string("LINE<").unwrap();
    session.exp_string(">").unwrap()
}

/// Ends the shell with `exit`, since interactive shells ignore the signal that ends a session.
fn exit(mut session: PtySession) {
    session.send("\u{15}").unwrap();
    session.send_line("exit").unwrap();
    session.exp_eof().unwrap();
}

/// Checks typed lines against the lines after TAB.
#[track_caller]
fn check_tab(session: &mut PtySession, shell: &str, cases: &[(&str, &str)]) {
    for (typed, expected) in cases {
        let line = line_after(session, &format!("{typed}\t"));
        assert_eq!(line, *expected, "{shell}: {typed}");
    }
}

/// Typed lines, and the lines after TAB in every shell.
const TAB: &[(&str, &str)] = &[
    ("apikey sho", "apikey show "),
    ("apikey group set-p", "apikey group set-permissions "),
    ("apikey show n", "apikey show nightly."),
    ("apikey show nightly.e", "apikey show nightly.eu-1 "),
    ("apikey show nosuch", "apikey show nosuch"),
    ("apikey activate ", "apikey activate off "),
    ("apikey deactivate ", "apikey deactivate nightly."),
    (
        "apikey --db other.db show ",
        "apikey --db other.db show elsewhere ",
    ),
    (
        "apikey --db=other.db show ",
        "apikey --db=other.db show elsewhere ",
    ),
    (
        "apikey --db ~/other.db show ",
        "apikey --db ~/other.db show elsewhere ",
    ),
    ("apikey --db oth", "apikey --db other.db"),
    ("apikey show --db ~/oth", "apikey show --db ~/other.db"),
    ("apikey group show d", "apikey group show deploy "),
    (
        "apikey set-groups off --add d",
        "apikey set-groups off --add deploy ",
    ),
    ("apikey user show al", "apikey user show alice@corp "),
    ("apikey user show alice@", "apikey user show alice@corp "),
    (
        "apikey set-owner off CORP",
        "apikey set-owner off CORP\\\\bob ",
    ),
    ("apikey list --status e", "apikey list --status expired "),
    ("apikey list --sort cr", "apikey list --sort created_"),
    ("apikey list --app s", "apikey list --app shop "),
    ("apikey list --nev", "apikey list --never-used "),
    (
        "apikey group set-permissions deploy deploy:st",
        "apikey group set-permissions deploy deploy:start@prod-\\* ",
    ),
    (
        "apikey verify --can deploy:",
        "apikey verify --can deploy:start ",
    ),
    ("apikey create n", "apikey create n"),
];

#[test]
fn tab_completes_in_bash() {
    if !has("bash", is_installed("bash")) {
        return;
    }
    let sandbox = installed(&BASH);
    let mut session = at_a_terminal(&sandbox, &BASH);
    check_tab(&mut session, "bash", TAB);
    check_tab(
        &mut session,
        "bash",
        &[
            ("apikey list --status=e", "apikey list --status=expired "),
            ("apikey list --status=", "apikey list --status="),
            (
                "apikey create x --allow=deploy:st",
                "apikey create x --allow=deploy:start@prod-\\* ",
            ),
            (
                "apikey create x --allow 'deploy:st",
                "apikey create x --allow 'deploy:start@prod-*' ",
            ),
            (
                "APIKEY_DB=x apikey group show d",
                "APIKEY_DB=x apikey group show deploy ",
            ),
        ],
    );
    let all = line_after(&mut session, "apikey show \u{18}a");
    assert_eq!(all, "apikey show nightly.eu-1 nightly.us-1 off ");
    exit(session);
}

#[test]
fn tab_completes_in_zsh() {
    if !has("zsh", is_installed("zsh")) {
        return;
    }
    let sandbox = installed(&ZSH);
    let mut session = at_a_terminal(&sandbox, &ZSH);
    check_tab(&mut session, "zsh", TAB);
    let all = line_after(&mut session, "apikey show \u{18}a");
    assert_eq!(all, "apikey show nightly.eu-1 nightly.us-1 off ");
    exit(session);
}

#[test]
fn tab_completes_in_fish() {
    if !has("fish", is_installed("fish")) {
        return;
    }
    let sandbox = installed(&FISH);
    let mut session = at_a_terminal(&sandbox, &FISH);
    check_tab(&mut session, "fish", TAB);
    exit(session);
}

/// Returns the candidates of fish for `line`, with descriptions.
fn fish_candidates(sandbox: &Sandbox, line: &str) -> String {
    let mut command = sandbox.program("fish");
    let path = std::env::var_os("PATH").unwrap();
    let bin = std::iter::once(sandbox.path("bin")).chain(std::env::split_paths(&path));
    command
        .args(["-c", "complete -C \"$LINE\""])
        .env("PATH", std::env::join_paths(bin).unwrap())
        .env("LINE", line);
    let ran = finish(command.spawn().unwrap()).succeeds();
    assert_eq!(ran.stderr, "", "{line}");
    ran.stdout
}

#[test]
fn fish_shows_descriptions() {
    if !has("fish", is_installed("fish")) {
        return;
    }
    let sandbox = installed(&FISH);
    for (line, expected) in [
        (
            "apikey show n",
            "nightly.eu-1\tactive in deploy\nnightly.us-1\tactive in readonly\n",
        ),
        ("apikey group show d", "deploy\tdeploy:start@prod-*\n"),
        ("apikey user show C", "CORP\\bob\tactive in deploy\n"),
        ("apikey list --status=e", "--status=expired\n"),
        ("apikey list --sort cr", "created_at\ncreated_by\n"),
        ("apikey --db=oth", "--db=other.db\n--db=other.db.usage\n"),
        ("apikey create n", ""),
        ("apikey show nosuch", ""),
    ] {
        assert_eq!(fish_candidates(&sandbox, line), expected, "{line}");
    }
}

#[test]
fn a_script_contains_the_name_of_the_program_and_not_its_path() {
    for (shell, file) in [
        ("bash", "apikey.bash"),
        ("zsh", "_apikey"),
        ("fish", "apikey.fish"),
        ("elvish", "apikey.elv"),
        ("powershell", "_apikey.ps1"),
    ] {
        let sandbox = Sandbox::empty();
        let script = sandbox.run(&["completions", shell]).succeeds().stdout;
        for directory in std::path::Path::new(APIKEY)
            .ancestors()
            .take_while(|directory| directory.parent().is_some())
        {
            assert!(
                !script.contains(directory.to_str().unwrap()),
                "{file} contains {}",
                directory.display()
            );
        }
        assert!(
            script.contains("apikey --") || script.contains("$apikey --"),
            "{file}"
        );
        assert!(sandbox.files().is_empty());
    }
    Sandbox::empty().run(&["completions", "tcsh"]).exits(2);
}

#[test]
fn without_apikey_on_path_a_shell_completes_nothing_and_prints_no_error() {
    let sandbox = Sandbox::empty();
    if !has("bash", is_installed("bash")) {
        return;
    }
    let session = "source <($APIKEY completions bash)
        COMP_LINE='apikey show '; COMP_POINT=12; COMP_WORDS=(apikey show ''); COMP_CWORD=2
        _apikey apikey '' show; echo ${#COMPREPLY[@]}";
    let mut command = sandbox.program("bash");
    command.args(["-c", session]).env("APIKEY", APIKEY);
    let ran = finish(command.spawn().unwrap()).succeeds();
    assert_eq!((&*ran.stdout, &*ran.stderr), ("0\n", ""));
}
