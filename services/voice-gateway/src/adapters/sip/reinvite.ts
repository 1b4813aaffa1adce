import type { AudioNegotiation, NegotiatedAudio } from '@patchbay/sip/sdp/audio';
import type { IncomingReinvite } from '@patchbay/sip/session/session';

/** Answers a re-INVITE by what we can do; tells what then stands. A refused one changes nothing. */
export async function answerReinvite(audio: AudioNegotiation, reinvite: IncomingReinvite, changed: (media: NegotiatedAudio) => void): Promise<void> {
  if (reinvite.offer === undefined) {
    const answer = await reinvite.accept(audio.offer());
    const result = answer === undefined ? undefined : audio.takeAnswer(answer);
    if (result?.kind === 'agreed') changed(result.media);
    return;
  }
  const result = audio.answer(reinvite.offer);
  if (result.kind === 'refused') {
    reinvite.reject(result.status);
    return;
  }
  changed(result.media);
  await reinvite.accept(result.sdp);
}
