//! The small picture of a lab in the catalogue. It moves while somebody points at it.

use gloo_render::AnimationFrame;
use markup::html;
use yew::prelude::*;

use faultline::labs::{Lab, Setup};
use faultline::play::Session;
use faultline::play::export::card;
use faultline::sim::Span;

use crate::ui::browser;

/// No frame counts for more than this, in milliseconds.
const FRAME_MAX_MS: f64 = 50.0;
/// No frame takes more steps than this.
const STEPS_PER_FRAME: u64 = 50;

/// A lab that plays, as small as a card.
pub struct Live {
    session: Option<Session>,
    frame: Option<AnimationFrame>,
    framed_at: Option<f64>,
}

#[derive(Properties)]
pub struct LiveProps {
    pub lab: &'static Lab,
    /// Whether time runs.
    pub moving: bool,
}

impl PartialEq for LiveProps {
    fn eq(&self, other: &LiveProps) -> bool {
        self.moving == other.moving && self.lab.id == other.lab.id
    }
}

impl Component for Live {
    /// The screen is about to be drawn, at this time in milliseconds.
    type Message = f64;
    type Properties = LiveProps;

    fn create(ctx: &Context<Live>) -> Live {
        let mut session = Session::new(Setup::new(ctx.props().lab, 1)).ok();
        if let Some(session) = &mut session {
            session.seek_time(card::BEGIN);
        }
        let mut live = Live { session, frame: None, framed_at: None };
        live.go_on(ctx);
        live
    }

    fn changed(&mut self, ctx: &Context<Live>, _old: &LiveProps) -> bool {
        self.framed_at = None;
        self.go_on(ctx);
        false
    }

    fn update(&mut self, ctx: &Context<Live>, now: f64) -> bool {
        let elapsed = (now - self.framed_at.unwrap_or(now)).clamp(0.0, FRAME_MAX_MS);
        self.framed_at = Some(now);
        if let Some(session) = &mut self.session {
            // A message takes a quarter of a second, whatever the lab.
            let second = super::refresh::typical(session.scene().default_link.latency).us() * 4;
            let span = Span((second as f64 * elapsed / 1_000.0) as u64);
            session.play_for(span, STEPS_PER_FRAME);
        }
        self.go_on(ctx);
        true
    }

    fn view(&self, _ctx: &Context<Live>) -> Html {
        let picture = self.session.as_ref().map(|session| card::picture(&session.scene()));
        html! {
            <svg class="card-picture" viewBox="0 0 320 180" aria-hidden="true"
                ~innerHTML={picture.unwrap_or_default()}></svg>
        }
    }
}

impl Live {
    /// Asks for a frame if there is anything to move.
    fn go_on(&mut self, ctx: &Context<Live>) {
        let moves = ctx.props().moving && !browser::prefers_less_motion();
        let link = ctx.link().clone();
        self.frame =
            moves.then(|| gloo_render::request_animation_frame(move |now| link.send_message(now)));
    }
}
