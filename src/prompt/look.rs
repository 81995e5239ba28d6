//! How questions look: one look for those of dialoguer and the menus of inquire. Whether
//! there are colours at all, `output` decides.

use std::fmt;

use dialoguer::console::style;
use dialoguer::theme::Theme;
use inquire::ui::{Attributes, Color, ErrorMessageRenderConfig, RenderConfig, StyleSheet, Styled};

/// Stands before every question.
const MARK: &str = "?";

/// The look of dialoguer's questions.
pub(super) struct House;

impl House {
    fn asked(question: &str) -> String {
        let mark = style(MARK).for_stderr().green();
        let question = format!("{question}:");
        format!("{mark} {}", style(question).for_stderr().bold())
    }
}

impl Theme for House {
    fn format_prompt(&self, f: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        f.write_str(&Self::asked(prompt))
    }

    fn format_error(&self, f: &mut dyn fmt::Write, err: &str) -> fmt::Result {
        write!(f, "{} {err}", style("error:").for_stderr().bold().red())
    }

    fn format_input_prompt(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        default: Option<&str>,
    ) -> fmt::Result {
        match default {
            Some(default) => write!(f, "{} ", Self::asked(&format!("{prompt} [{default}]"))),
            None => write!(f, "{} ", Self::asked(prompt)),
        }
    }

    fn format_input_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        chosen: &str,
    ) -> fmt::Result {
        let chosen = style(chosen).for_stderr().cyan();
        write!(f, "{} {chosen}", Self::asked(prompt))
    }
}

/// The look of inquire's menus.
pub(super) fn of_menus() -> RenderConfig<'static> {
    let bold = StyleSheet::new().with_attr(Attributes::BOLD);
    let cyan = StyleSheet::new().with_fg(Color::DarkCyan);
    let mark = Styled::new(MARK).with_fg(Color::DarkGreen);
    let error = Styled::new("error:")
        .with_fg(Color::DarkRed)
        .with_attr(Attributes::BOLD);
    RenderConfig {
        prompt_prefix: mark,
        answered_prompt_prefix: mark,
        prompt: bold,
        answer: cyan,
        canceled_prompt_indicator: Styled::new(""),
        error_message: ErrorMessageRenderConfig::empty().with_prefix(error),
        highlighted_option_prefix: Styled::new(">").with_fg(Color::DarkCyan),
        scroll_up_prefix: Styled::new("^"),
        scroll_down_prefix: Styled::new("v"),
        selected_option: Some(cyan),
        selected_checkbox: Styled::new("[x]").with_fg(Color::DarkGreen),
        unselected_checkbox: Styled::new("[ ]"),
        ..RenderConfig::empty()
    }
}
