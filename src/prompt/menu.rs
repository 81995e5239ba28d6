//! Questions of more than a yes or a no: a line, one of several, some of them.

use std::collections::HashSet;
use std::io;

use console::{Key, Term};
use dialoguer::theme::Theme;
use dialoguer::{FuzzySelect, Input, MultiSelect, Select};

use super::terminal::House;
use super::{Prompt, begin, terminal, unless_it_panics};
use crate::error::Result;
use crate::secret::holds_secret;

impl Prompt {
    /// Asks for a line until `parse` takes it.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C.
    pub(crate) fn line<T>(
        self,
        question: &str,
        parse: impl Fn(&str) -> std::result::Result<T, String>,
    ) -> Result<T> {
        let _keys = begin()?;
        loop {
            let asked: dialoguer::Result<String> = unless_it_panics(|| {
                Input::with_theme(&House)
                    .with_prompt(question)
                    .allow_empty(true)
                    .validate_with(|line: &String| match holds_secret(line.as_bytes()) {
                        true => {
                            Err("a secret doesn't belong here: it would be stored and shown"
                                .to_owned())
                        }
                        false => parse(line.trim()).map(drop),
                    })
                    .interact_text()
            });
            let line = asked.map_err(|dialoguer::Error::IO(fault)| terminal::unanswered(&fault))?;
            if let Ok(parsed) = parse(line.trim()) {
                return Ok(parsed);
            }
        }
    }

    /// Asks for one of `items`, and returns its place.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C or Escape.
    pub(crate) fn choose(self, question: &str, items: &[String]) -> Result<usize> {
        let _keys = begin()?;
        let asked = unless_it_panics(|| {
            Select::with_theme(&House)
                .with_prompt(question)
                .items(clipped(items))
                .default(0)
                .interact_opt()
        });
        answered(asked)
    }

    /// Asks for one of `items`, of which there may be many, and returns its place:
    /// what is typed narrows them down.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C or Escape.
    pub(crate) fn pick(self, question: &str, items: &[String]) -> Result<usize> {
        let _keys = begin()?;
        let asked = unless_it_panics(|| {
            FuzzySelect::with_theme(&House)
                .with_prompt(question)
                .items(clipped(items))
                .default(0)
                .max_length(terminal::menu_rows())
                .interact_opt()
        });
        answered(asked)
    }

    /// Asks for any number of `items`, of which some are `ticked` already, and
    /// returns the places of those that are then.
    ///
    /// # Errors
    /// When it was answered with Ctrl-C or Escape.
    pub(crate) fn tick(
        self,
        question: &str,
        items: &[String],
        ticked: &[bool],
    ) -> Result<Vec<usize>> {
        let _keys = begin()?;
        let asked = unless_it_panics(|| {
            MultiSelect::with_theme(&House)
                .with_prompt(ticking(question))
                .items(clipped(items))
                .defaults(ticked)
                .max_length(terminal::menu_rows())
                .report(false)
                .interact_opt()
        });
        answered(asked)
    }

    /// Leaves on the screen what was chosen, as the questions with one answer do.
    pub(crate) fn echo(self, question: &str, answer: &str) {
        let mut line = String::new();
        let written = House.format_input_prompt_selection(&mut line, question, answer);
        if written.is_ok() {
            let _ = Term::stderr().write_line(&line);
        }
    }

    /// Waits for Enter on what `draw` shows: one that was pressed before doesn't
    /// count.
    ///
    /// # Errors
    /// Those of `draw`, when Ctrl-C came instead, and when the terminal is gone.
    pub(crate) fn wait_for_enter(self, draw: &mut dyn FnMut() -> io::Result<()>) -> io::Result<()> {
        let _keys = begin().map_err(|_| io::ErrorKind::Interrupted)?;
        draw()?;
        let term = Term::stderr();
        while term.read_key()? != Key::Enter {}
        Ok(())
    }
}

/// A question whose answers are ticked, with how to do that where there is room.
fn ticking(question: &str) -> String {
    let how = format!("{question} (Space ticks, a all or none, Enter goes on)");
    // It must stay on one line, with the page beside it.
    match how.len() + "[Page 99/99]".len() < terminal::columns() {
        true => how,
        false => question.to_owned(),
    }
}

/// What was chosen; Escape is none.
fn answered<T>(asked: dialoguer::Result<Option<T>>) -> Result<T> {
    match asked {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => {
            terminal::show_cursor();
            Err(terminal::interrupted())
        }
        Err(dialoguer::Error::IO(fault)) => Err(terminal::unanswered(&fault)),
    }
}

/// `items`, each on one line of the screen: dialoguer clears as many lines as it
/// takes them to fill, and it counts bytes.
fn clipped(items: &[String]) -> Vec<String> {
    /// What dialoguer and the theme put before an item, and a column to spare.
    const BEFORE: usize = 8;
    let room = terminal::columns().saturating_sub(BEFORE);
    distinct(items, room)
}

/// `items` in at most `room` bytes each, no two of them alike: dialoguer's fuzzy
/// picking takes the first that reads as the one that was picked.
fn distinct(items: &[String], room: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut place = 0;
    let mut clip_anew = |item: &String| {
        let mut clipped = clip(item, room);
        while !seen.insert(clipped.clone()) {
            place += 1;
            let number = format!(" {place}");
            clipped = clip(item, room.saturating_sub(number.len())) + &number;
        }
        clipped
    };
    items.iter().map(&mut clip_anew).collect()
}

/// `text` in at most `room` bytes, and so in no more columns.
fn clip(text: &str, room: usize) -> String {
    const MARK: char = '…';
    if text.len() <= room {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(room.saturating_sub(MARK.len_utf8()));
    format!("{}{MARK}", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_items_read_alike() {
        let items = ["production-a", "production-b", "production-c"].map(str::to_owned);
        assert_eq!(distinct(&items, 8), ["produ…", "pro… 1", "pro… 2"]);
        assert_eq!(distinct(&items, 20), items);
    }

    #[test]
    fn what_is_too_long_for_the_screen_is_cut_between_characters() {
        for (text, room, clipped) in [
            ("readonly", 8, "readonly"),
            ("readonly", 7, "read…"),
            ("部署する", 9, "部署…"),
            ("部署する", 8, "部…"),
            ("a b", 2, "…"),
        ] {
            assert_eq!(clip(text, room), clipped, "{text} in {room}");
        }
    }
}
