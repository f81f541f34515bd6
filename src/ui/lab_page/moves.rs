//! Moving through time: playing, stepping, seeking, switching runs.

use faultline::play::frame::clock_words;
use faultline::play::{Halt, Moved, RunId};
use faultline::sim::{Span, StepIndex, Time};

use crate::ui::state::{Go, Msg, SPEEDS, Selection, Tab, ZOOMS};

use super::{LabPage, Toast};

/// No frame counts for more than this, so that a tab that was away does not race.
const FRAME_MAX_MS: f64 = 100.0;
/// A frame that took longer than this shows that the machine is at its limit.
const SLOW_FRAME_MS: f64 = 26.0;
/// No frame takes more steps than this; the clock then runs slower than asked for.
const STEPS_PER_FRAME: u64 = 400;

impl LabPage {
    pub fn toggle_play(&mut self) {
        self.untouched = false;
        if self.frame.take().is_some() {
            self.say("Paused.".to_string());
            self.refresh();
        } else {
            self.framed_at = None;
            self.lit = None;
            self.ask_for_frame();
            self.say("Playing.".to_string());
        }
    }

    pub fn is_playing(&self) -> bool {
        self.frame.is_some()
    }

    pub fn pause(&mut self) {
        self.frame = None;
    }

    fn ask_for_frame(&mut self) {
        let dispatch = self.dispatch.clone();
        let asked = gloo_render::request_animation_frame(move |now| dispatch.emit(Msg::Frame(now)));
        self.frame = Some(asked);
    }

    /// Lets the time of one frame pass. True if the page must be rendered, not only painted.
    pub fn frame(&mut self, now: f64) -> bool {
        if self.frame.is_none() {
            return false;
        }
        let elapsed = (now - self.framed_at.unwrap_or(now)).clamp(0.0, FRAME_MAX_MS);
        self.framed_at = Some(now);
        let span = Span((SPEEDS[self.speed].us() as f64 * elapsed / 1_000.0) as u64);
        let moved = self.session.play_for(span, STEPS_PER_FRAME);
        let stepped = moved.from.0 != moved.to.0;
        match moved.halt {
            Halt::There | Halt::Busy => self.ask_for_frame(),
            Halt::Quiet | Halt::Stop | Halt::Full => {
                self.frame = None;
                self.tell_halt(moved.halt);
            }
        }
        if stepped {
            self.unseen = Some(self.unseen.unwrap_or(moved.from.0));
        }
        // A slow machine draws what is new in every second frame only, so that motion stays smooth.
        let rests = elapsed > SLOW_FRAME_MS && !self.rested && self.frame.is_some();
        self.rested = rests;
        if rests || self.unseen.is_none() && self.frame.is_some() {
            self.painter.paint(self.session.clock());
            return false;
        }
        self.refresh();
        let from = self.unseen.take().unwrap_or(moved.from.0);
        self.tell_events(from..self.session.position());
        true
    }

    pub fn go(&mut self, go: Go) {
        self.pause();
        let node = match self.selection {
            Selection::Node(node) => Some(node),
            Selection::Nothing | Selection::Link(..) | Selection::Message(_) => None,
        };
        let moved = match go {
            Go::Step => self.session.step(),
            Go::Back => self.session.step_back(),
            Go::NextMessage => self.session.step_to_delivery(node),
            Go::LastMessage => self.session.back_to_delivery(node),
            Go::NextChange => self.session.step_to_change(),
            Go::Reset => return self.reset(),
        };
        self.moved(&moved);
    }

    /// The run as it opened: with nothing of what the learner did, at the moment at which it began.
    fn reset(&mut self) {
        let kept = self.session.start_over();
        self.session.seek_step(self.begin);
        self.lit = None;
        self.acted();
        let mut text = format!("Reset. {}.", clock_words(self.session.clock()));
        self.toast = None;
        if let Some(run) = kept {
            text.push_str(&format!(" What you did is kept as {}.", run.name()));
            self.toast = Some(Toast { text: text.clone(), refusal: false, run: Some(run) });
        }
        self.say(text);
    }

    pub fn seek_step(&mut self, step: StepIndex) {
        self.pause();
        let moved = self.session.seek_step(step.min(self.session.end().0));
        self.moved(&moved);
    }

    pub fn seek_time(&mut self, time: Time) {
        if self.drag.is_some() {
            return self.drag_to(time);
        }
        self.pause();
        let moved = self.session.seek_time(time.min(self.session.end().1));
        self.moved(&moved);
    }

    pub fn moved(&mut self, moved: &Moved) {
        self.lit = None;
        self.refresh();
        self.tell_halt(moved.halt);
        let last = self.session.position().checked_sub(1);
        if let Some(step) = last.and_then(|last| self.session.step_at(last)) {
            let when = clock_words(self.session.clock());
            self.say(format!("{when}: {}", self.session.sentence(&step)));
        }
    }

    fn tell_halt(&mut self, halt: Halt) {
        let text = match halt {
            Halt::There | Halt::Busy | Halt::Stop => return,
            // The stage says it, and what can be done.
            Halt::Quiet if self.is_nobody_up() => return,
            Halt::Quiet => "Nothing is going to happen by itself.",
            Halt::Full => "This run is as long as a run may be. Start a new one.",
        };
        self.toast = Some(Toast { text: text.to_string(), refusal: false, run: None });
    }

    pub fn set_speed(&mut self, speed: usize) {
        self.speed = speed.min(SPEEDS.len() - 1);
        self.say(format!("1 second on screen is {} in the cluster.", SPEEDS[self.speed]));
    }

    pub fn zoom_by(&mut self, by: i32) {
        self.zoom = self.zoom.saturating_add_signed(by as isize).min(ZOOMS.len() - 1);
        self.refresh_diagram();
    }

    pub fn switch_run(&mut self, run: RunId) {
        self.pause();
        self.toast = None;
        if self.session.switch_run(run) {
            self.acted();
            self.say(format!("{} is shown.", run.name()));
        }
    }

    pub fn why_of(&mut self, step: StepIndex) {
        self.why_of = Some(step);
        self.show_tab(Tab::Why);
    }

    pub fn refresh_why(&mut self) {
        let Some(step) = self.why_of.or_else(|| self.focus_step()) else { return };
        let chain = self.session.why(step);
        self.why.update(chain);
    }

    /// A hidden page stands still.
    pub fn hidden(&mut self, hidden: bool) -> bool {
        if !hidden || !self.is_playing() {
            return false;
        }
        self.pause();
        let text = "Paused because the page was hidden.".to_string();
        self.say(text.clone());
        self.toast = Some(Toast { text, refusal: false, run: None });
        true
    }

    /// After any message: what has to go on, goes on.
    pub fn keep_going(&mut self) {
        if self.tab == Tab::Why {
            self.refresh_why();
        }
    }
}
