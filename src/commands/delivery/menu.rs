//! The menu of delivery methods, at a terminal where no option names one.

use std::path::{Path, PathBuf};

use super::method::{CLEAR_AFTER, DeliveryMethod};
use crate::commands::{Session, through_sudo};
use crate::config;
use crate::error::Result;
use crate::handover::Issued;
use crate::model::KeyName;
use crate::prompt::{DefaultAnswer, Item};

/// The menu for the secret of a key.
pub(in crate::commands) struct DeliveryMenu {
    issued: Issued,
    /// The methods to choose from, each with its line in the menu.
    methods: Vec<(String, DeliveryMethod)>,
}

impl DeliveryMenu {
    /// Returns the menu for the secret of the key `name`. Through sudo, the clipboard and the
    /// file would be another user's, so the menu leaves them out.
    ///
    /// # Errors
    /// The errors of the database.
    pub(in crate::commands) fn new(
        issued: Issued,
        name: &KeyName,
        session: &Session,
    ) -> Result<Self> {
        let mut methods = Vec::new();
        if through_sudo::acting_user(session)?.is_none() {
            methods.push(match config::display().next() {
                Some(_) => (
                    format!(
                        "copy to the clipboard, for {} seconds",
                        CLEAR_AFTER.seconds()
                    ),
                    DeliveryMethod::Clipboard(CLEAR_AFTER),
                ),
                None => through_the_terminal(),
            });
            let file = format!("{name}.APIKEY");
            methods.push((
                format!("write to the file {file} in this directory"),
                DeliveryMethod::File(file.into()),
            ));
        }
        methods.push((
            "show on this screen until Enter".to_owned(),
            DeliveryMethod::Screen,
        ));
        Ok(Self { issued, methods })
    }

    /// Lets the user choose a method. Returns none if the user cancels and confirms that.
    ///
    /// # Errors
    /// When the user pressed Ctrl-C or Escape.
    pub(in crate::commands) fn choose(&self, session: &Session) -> Result<Option<DeliveryMethod>> {
        let (cancel, question) = match self.issued {
            Issued::Key => ("cancel: create no key", "Cancel and create no key?"),
            Issued::Secret => ("cancel: rotate nothing", "Cancel and rotate nothing?"),
        };
        let lines = self.methods.iter().map(|(line, _)| line.clone());
        let items: Vec<Item> = lines.chain([cancel.to_owned()]).map(Item::plain).collect();
        loop {
            let at = session.prompt.pick("Deliver the secret", &items)?;
            match self.methods.get(at) {
                Some((_, DeliveryMethod::File(file))) if file.symlink_metadata().is_ok() => {
                    return prompt_path(file, session).map(|file| Some(DeliveryMethod::File(file)));
                }
                Some((_, method)) => return Ok(Some(method.clone())),
                None => {}
            }
            if session.prompt.ask_yes_or_no(question, DefaultAnswer::No)? {
                return Ok(None);
            }
        }
    }

    /// Replaces a method that failed, if another may work instead.
    pub(in crate::commands) fn replace_failed(&mut self, failed: &DeliveryMethod) {
        if let DeliveryMethod::Clipboard(_) = failed {
            // It is the first method where it is offered.
            self.methods[0] = through_the_terminal();
        }
    }
}

/// Returns the method that copies by an escape sequence.
fn through_the_terminal() -> (String, DeliveryMethod) {
    let line = "copy to the clipboard, through the terminal";
    (line.to_owned(), DeliveryMethod::Osc52)
}

/// Prompts for another path than `existing`.
fn prompt_path(existing: &Path, session: &Session) -> Result<PathBuf> {
    let question = format!("{} exists; write the secret to", existing.display());
    let exists = |path: &Path| path.symlink_metadata().is_ok_and(|found| !found.is_dir());
    let parse = |line: &str| match line {
        "" => Err("give the path of a new file".to_owned()),
        path if exists(Path::new(path)) => Err(format!("{path} exists, too")),
        path => Ok(PathBuf::from(path)),
    };
    session.prompt.read_line(&question, None, parse)
}
