/** Below, taken places are not worth the move. */
const MIN_MOVED = 1024;

/** A queue whose first costs nothing to take, however long it is. */
export class Fifo<T> {
  private values: (T | undefined)[] = [];
  private head = 0;

  add(value: T): void {
    this.values.push(value);
  }

  first(): T | undefined {
    return this.values[this.head];
  }

  take(): T | undefined {
    if (this.head === this.values.length) return undefined;
    const value = this.values[this.head];
    this.values[this.head++] = undefined;
    if (this.head === this.values.length) {
      this.values.length = 0;
      this.head = 0;
    } else if (this.head >= MIN_MOVED && this.head * 2 >= this.values.length) {
      this.values.splice(0, this.head);
      this.head = 0;
    }
    return value;
  }

  takeAll(): T[] {
    const rest = this.values.slice(this.head) as T[];
    this.values = [];
    this.head = 0;
    return rest;
  }
}
