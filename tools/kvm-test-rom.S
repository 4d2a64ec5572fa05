# The guest of the KVM test (src/engine/qemu/kvm-test-rom.ts): a firmware image that goes the way every operating system goes, real mode, protected
# mode, paging and long mode, runs a few instructions in each, and writes 0x2a to port 0xf4, where QEMU's isa-debug-exit ends with status 85.
# A KVM that can't do one of these dies on the way, which is what we want to know before a person's guest does.
#   as -o rom.o tools/kvm-test-rom.S && ld -Ttext=0 --oformat binary -o rom.bin rom.o
# The image is the last 4 KiB below 1 MiB as well as below 4 GiB; code is linked at 0 and runs at 0xff000.
        .equ BASE, 0xff000
        .code16
start:  cli
        xorw %ax, %ax
        movw %ax, %ds
        movw %ax, %ss
        movw $0x7000, %sp
        pushw $0x1234
        popw %bx
        cmpw $0x1234, %bx
        jne fail16
        lgdtl %cs:(gdtr + 0xf000)
        movl %cr0, %eax
        orl $1, %eax
        movl %eax, %cr0
        ljmpl $0x08, $(BASE + pm)
fail16: hlt
        jmp fail16

        .code32
pm:     movw $0x10, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movl $0x7000, %esp
        # page tables at 0x1000: the first 2 MiB map onto themselves
        movl $0x1000, %edi
        xorl %eax, %eax
        movl $0xc00, %ecx
        rep stosl
        movl $0x2003, 0x1000
        movl $0x3003, 0x2000
        movl $0x0083, 0x3000
        movl $0x1000, %eax
        movl %eax, %cr3
        movl %cr4, %eax
        orl $0x20, %eax
        movl %eax, %cr4
        movl $0xc0000080, %ecx
        rdmsr
        orl $0x100, %eax
        wrmsr
        movl %cr0, %eax
        orl $0x80000000, %eax
        movl %eax, %cr0
        ljmpl $0x18, $(BASE + lm)

        .code64
lm:     movq $0x123456789abcdef0, %rax
        pushq %rax
        popq %rbx
        cmpq %rax, %rbx
        jne fail64
        xorl %eax, %eax
        cpuid
        movl $0x8000, %edi
        movl $64, %ecx
        movb $0x55, %al
        rep stosb
        cmpb $0x55, 0x8010
        jne fail64
        movb $0x2a, %al
        outb %al, $0xf4
fail64: hlt
        jmp fail64

        .balign 8
gdt:    .quad 0
        .quad 0x00cf9a000000ffff
        .quad 0x00cf92000000ffff
        .quad 0x00af9a000000ffff
gdtr:   .word gdtr - gdt - 1
        .long BASE + gdt

        .org 0xff0
        .code16
reset:  ljmpw $0xf000, $(start + 0xf000)
        .org 0x1000
