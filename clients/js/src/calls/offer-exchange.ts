/**
 * Offers to the server, one at a time, each with its answer.
 *
 * An offer without an answer is sent again as it is: whichever answer comes fits. Answers carry no mark of their offer,
 * but come in the order of the offers, so those to an offer that was given up are counted off.
 */
import { ChatKittyError, ErrorName, toError } from '../errors.js';
import { ANSWER_TIMEOUT_MS, OFFER_ATTEMPTS, OFFER_PAUSE_MS } from '../limits.js';
import { deferred, type Deferred } from '../stomp/deferred.js';

export interface OfferExchangeHost {
  signal(body: object): Promise<void>;
  isOnline(): boolean;
}

interface Question {
  payload: object;
  answer: Deferred<string>;
  /** How often it was sent while the server could have answered. */
  attempts: number;
  /** How often it was sent and has neither answer nor refusal. */
  unanswered: number;
  /** Runs while an answer, or the next attempt, is waited for. */
  timer: ReturnType<typeof setTimeout> | null;
}

export class OfferExchange {
  private question: Question | null = null;
  /** Answers that will come and that nobody wants. */
  private abandoned = 0;

  constructor(private readonly host: OfferExchangeHost) {}

  /** Resolves with the answer; rejects when it was refused or ignored too often, or given up by `abandon`. */
  ask(payload: object): Promise<string> {
    this.abandon();
    const question: Question = { payload, answer: deferred<string>(), attempts: 0, unanswered: 0, timer: null };
    this.question = question;
    this.send(question);
    return question.answer.promise;
  }

  handleAnswer(sdp: string): void {
    if (this.abandoned > 0) {
      this.abandoned -= 1;
      return;
    }
    if (this.question) this.question.unanswered -= 1;
    this.settle()?.answer.resolve(sdp);
  }

  /** The connection is back: what could not be sent is sent now. */
  handleOnline(): void {
    if (this.question && this.question.timer === null) this.send(this.question);
  }

  /** Gives up the current question. */
  abandon(): void {
    this.settle()?.answer.reject(new ChatKittyError(ErrorName.CallCancelled, 'the offer was given up'));
  }

  private send(question: Question): void {
    question.timer = null;
    if (!this.host.isOnline()) return;
    question.attempts += 1;
    question.unanswered += 1;
    question.timer = setTimeout(() => this.handleSilence(question), ANSWER_TIMEOUT_MS);
    this.host.signal({ type: 'SEND_DESCRIPTION', payload: question.payload }).catch((thrown: unknown) => {
      const error = toError(thrown);
      // A late receipt says nothing about the answer.
      if (error.error !== ErrorName.Timeout) this.handleRefusal(question, error);
    });
  }

  private handleSilence(question: Question): void {
    question.timer = null;
    // The network's fault is not the offer's.
    if (!this.host.isOnline()) question.attempts -= 1;
    else if (question.attempts < OFFER_ATTEMPTS) this.send(question);
    else this.settle()?.answer.reject(new ChatKittyError(ErrorName.Timeout, 'the server did not answer the offer'));
  }

  /** A refused offer has no answer. */
  private handleRefusal(question: Question, error: ChatKittyError): void {
    if (question !== this.question) {
      this.abandoned = Math.max(0, this.abandoned - 1);
      return;
    }
    question.unanswered -= 1;
    if (question.timer) clearTimeout(question.timer);
    if (question.attempts >= OFFER_ATTEMPTS) this.settle()?.answer.reject(error);
    else question.timer = setTimeout(() => this.send(question), OFFER_PAUSE_MS * question.attempts);
  }

  private settle(): Question | null {
    const { question } = this;
    if (!question) return null;
    this.question = null;
    if (question.timer) clearTimeout(question.timer);
    this.abandoned += question.unanswered;
    return question;
  }
}
