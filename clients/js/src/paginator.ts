/** Pages of a collection. Each page is a value; `nextPage` fetches another. */
import { ChatKittyError, ErrorName } from './errors.js';
import type { Parameters, StompX } from './stomp/stompx.js';

interface Page {
  _embedded?: Record<string, unknown[]>;
  _relays?: { prev?: string; next?: string };
  page?: { totalElements?: number };
}

export class ChatKittyPaginator<Item> {
  private constructor(
    private readonly fetch: (destination: string) => Promise<ChatKittyPaginator<Item>>,
    private readonly prev: string | undefined,
    private readonly next: string | undefined,
    readonly items: Item[],
    /** How many there are on all pages, when the server says so. */
    readonly totalElements: number | undefined,
  ) {}

  get hasPrevPage(): boolean {
    return Boolean(this.prev);
  }

  get hasNextPage(): boolean {
    return Boolean(this.next);
  }

  prevPage(): Promise<ChatKittyPaginator<Item>> {
    return this.turn(this.prev);
  }

  nextPage(): Promise<ChatKittyPaginator<Item>> {
    return this.turn(this.next);
  }

  /**
   * Fetches the page at `destination`; `content` is the key of the items.
   *
   * @internal
   */
  static async at<Item>(
    stompx: StompX,
    destination: string,
    content: string,
    parameters: Parameters = {},
  ): Promise<ChatKittyPaginator<Item>> {
    const fetch = async (address: string): Promise<ChatKittyPaginator<Item>> => {
      const page = (await stompx.relay<Page | undefined>(address, parameters)) ?? {};
      const items = (page._embedded?.[content] ?? []) as Item[];
      return new ChatKittyPaginator(fetch, page._relays?.prev, page._relays?.next, items, page.page?.totalElements);
    };
    return fetch(destination);
  }

  private async turn(destination: string | undefined): Promise<ChatKittyPaginator<Item>> {
    if (!destination) throw new ChatKittyError(ErrorName.PageOutOfBounds, 'there is no such page');
    return this.fetch(destination);
  }
}
