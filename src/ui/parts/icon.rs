//! Icons: one line drawing for each idea, the same everywhere.

use markup::html;
use yew::prelude::{AttrValue, Html};

use faultline::sim::Look;
use faultline::sim::faults::Stage;

use crate::ui::number::decimal;

/// An idea with a picture. Drawn on a field of 24 by 24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Bolt,
    Spark,
    Warning,
    Failure,
    Eye,
    Check,
    Shield,
    Moon,
    Bell,
    Crown,
    Hand,
    Follower,
    Person,
    Cross,
    Restart,
    Play,
    Pause,
    Step,
    Back,
    Envelope,
    Flag,
    Undo,
    Redo,
    Broom,
    Reset,
    Cut,
    Link,
    Split,
    Question,
    Clock,
    Snail,
    Sliders,
    Table,
    Palette,
    Spread,
    Copy,
    Plus,
    Minus,
    Fast,
    Broken,
    Twice,
    Power,
    Speech,
    Out,
    Server,
    Disk,
    Relay,
    Learner,
    Outside,
}

impl Icon {
    /// The lines of the picture, and its filled parts.
    fn paths(self) -> (&'static str, &'static str) {
        match self {
            Icon::Bolt => ("", "M13 2 5 13.5h6L10 22l9-12h-6.5z"),
            Icon::Spark => {
                ("M12 3v5M12 16v5M3 12h5M16 12h5M6 6l3 3M15 15l3 3M18 6l-3 3M9 15l-3 3", "")
            }
            Icon::Warning => ("M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.4", ""),
            Icon::Failure => ("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9 9l6 6M15 9l-6 6", ""),
            Icon::Eye => (
                "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
                "",
            ),
            Icon::Check => ("M4.5 12.5l5 5 10-11", ""),
            Icon::Shield => ("M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5", ""),
            Icon::Moon => ("M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z", ""),
            Icon::Bell => ("M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21.5h4M3 3l18 18", ""),
            Icon::Crown => ("", "M3 18.5h18L22 7.5l-5.5 4L12 4l-4.5 7.5L2 7.5z"),
            Icon::Hand => (
                "M7 12V6.5a1.5 1.5 0 0 1 3 0V11M10 10.5V4.5a1.5 1.5 0 0 1 3 0v6M13 10.5V5.5a1.5 1.5 0 0 1 3 0V12M16 11V8.5a1.5 1.5 0 0 1 3 0V14a7 7 0 0 1-7 7c-3 0-4.5-1.5-6-4l-2-4a1.6 1.6 0 0 1 3-1",
                "",
            ),
            Icon::Follower => ("M12 4v11M7 10.5l5 5 5-5M5 20h14", ""),
            Icon::Person => {
                ("M12 3.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4.5 3.5-7 8-7s8 2.5 8 7", "")
            }
            Icon::Cross => ("M5.5 5.5l13 13M18.5 5.5l-13 13", ""),
            Icon::Restart => ("M4 12a8 8 0 1 0 2.7-6M4 3.5V8h4.5", ""),
            Icon::Play => ("", "M6 4l14 8-14 8z"),
            Icon::Pause => ("", "M6 4h4v16H6zM14 4h4v16h-4z"),
            Icon::Step => ("M19 4.5v15", "M5 4l11 8-11 8z"),
            Icon::Back => ("M5 4.5v15", "M19 4L8 12l11 8z"),
            Icon::Envelope => ("M3 5.5h18v13H3zM3 6.5l9 7 9-7", ""),
            Icon::Flag => ("M5 21.5V3.5M5 4.5h13l-3 4.5 3 4.5H5", ""),
            Icon::Undo => ("M8.5 4L4 8.5 8.5 13M4 8.5h10a6 6 0 0 1 0 12H9", ""),
            Icon::Redo => ("M15.5 4L20 8.5 15.5 13M20 8.5H10a6 6 0 0 0 0 12h5", ""),
            Icon::Broom => ("M20 3l-7.5 8M8.5 10.5l5 4.5-4 6L3 16zM6 17.5l3-3", ""),
            Icon::Reset => ("M5 4.5v15M20 5L9 12l11 7zM9 12h-4", ""),
            Icon::Cut => ("M2.5 12H8M16 12h5.5M10 7l4 10M14 7l-4 10", ""),
            Icon::Link => ("M2.5 12h19M6 8.5L2.5 12 6 15.5M18 8.5l3.5 3.5-3.5 3.5", ""),
            Icon::Split => {
                ("M12 2.5v4M12 9.5v5M12 17.5v4M3 7h5M3 12h5M3 17h5M16 7h5M16 12h5M16 17h5", "")
            }
            Icon::Question => ("M8 8.5a4 4 0 1 1 5.7 3.6C12.5 12.800 12 13.5 12 15M12 19v.4", ""),
            Icon::Clock => ("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5.5l3.5 2", ""),
            Icon::Snail => (
                "M2.5 19h15a4 4 0 0 0 3-4.5V9M20.5 9l-1.5-4M20.5 9l1.5-4M5 19a6 6 0 1 1 10-4.5 3.5 3.5 0 1 1-5-3",
                "",
            ),
            Icon::Sliders => ("M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5", ""),
            Icon::Table => ("M3 4.5h18v15H3zM3 10h18M3 15h18M10 4.5v15", ""),
            Icon::Spread => ("M3 20h18M4.5 20v-4h3v4M9 20V6h3v14M13.5 20v-9h3v9M18 20v-3", ""),
            Icon::Palette => ("M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18", ""),
            Icon::Copy => ("M8 8h12v12H8zM16 8V4H4v12h4", ""),
            Icon::Plus => ("M12 4.5v15M4.5 12h15", ""),
            Icon::Minus => ("M4.5 12h15", ""),
            Icon::Fast => ("", "M3 5l9 7-9 7zM12 5l9 7-9 7z"),
            Icon::Broken => ("M3 5.5h18v13H3zM10 5.5l3 4-3 3 4 3-2 3", ""),
            Icon::Twice => ("M3 8.5h13v11H3zM7 8.5v-4h14v11h-5", ""),
            Icon::Power => ("M12 2.5v9M6.5 6a8.5 8.5 0 1 0 11 0", ""),
            Icon::Out => ("M10 4.5H4.500v15h15V14M13 4.500h6.500V11M19.500 4.500L11 13", ""),
            Icon::Server => ("M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5h2M7.5 16.5h2", ""),
            Icon::Disk => {
                ("M4 6c0-4 16-4 16 0v12c0 4-16 4-16 0zM4 6c0 4 16 4 16 0M4 12c0 4 16 4 16 0", "")
            }
            Icon::Relay => ("M3 12h8M11 12l7-6M11 12l7 6M14.5 6H18v3.500M14.5 18H18v-3.500", ""),
            Icon::Learner => ("M2 9.5L12 4.500l10 5-10 5zM6 12v5c3 3 9 3 12 0v-5", ""),
            Icon::Outside => (
                "M12 3a9 9 0 0 1 8 5M21 12a9 9 0 0 1-5 8M12 21a9 9 0 0 1-8-5M3 12a9 9 0 0 1 5-8",
                "",
            ),
            Icon::Speech => ("M4 4.5h16v11H11l-5 4.5v-4.5H4z", ""),
        }
    }

    /// The picture of a stage on a fault's way.
    pub fn of_stage(stage: Stage) -> Icon {
        match stage {
            Stage::Introduced => Icon::Bolt,
            Stage::Activated => Icon::Spark,
            Stage::Error => Icon::Warning,
            Stage::Failure => Icon::Failure,
            Stage::Detected => Icon::Eye,
            Stage::Recovered => Icon::Check,
            Stage::Latent => Icon::Moon,
            Stage::Masked => Icon::Shield,
            Stage::FalseAlarm => Icon::Bell,
        }
    }

    /// The picture of a role.
    pub fn of_look(look: Look) -> Icon {
        match look {
            Look::Leader => Icon::Crown,
            Look::Candidate => Icon::Hand,
            Look::Follower => Icon::Follower,
            Look::Client => Icon::Person,
            Look::Server => Icon::Server,
            Look::Store => Icon::Disk,
            Look::Relay => Icon::Relay,
        }
    }

    fn shapes(self) -> Html {
        let (lines, solid) = self.paths();
        html! {
            <>
                if !lines.is_empty() { <path d={lines} /> }
                if !solid.is_empty() { <path class="solid" d={solid} /> }
            </>
        }
    }

    /// The picture in a line of text. It says nothing to a screen reader: a word stands beside it.
    pub fn html(self) -> Html {
        html! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{ self.shapes() }</svg> }
    }

    /// The picture within another one, about a point.
    pub fn at(self, x: f64, y: f64, size: f64) -> Html {
        let (x, y) = (px(x - size / 2.0), px(y - size / 2.0));
        let size = px(size);
        html! {
            <svg class="icon" {x} {y} width={size.clone()} height={size} viewBox="0 0 24 24">
                { self.shapes() }
            </svg>
        }
    }
}

/// A length for an attribute: at most one decimal.
pub fn px(length: f64) -> AttrValue {
    AttrValue::from(decimal(length, 1))
}
