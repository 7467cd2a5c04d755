// consumer.cpp MODEL: the same in C++17, with the library's objects owned by unique_ptr.
#include <bert.h>

#include <iostream>
#include <memory>

int main(int argc, char **argv)
{
    bert_error err;
    const std::unique_ptr<bert_model, decltype(&bert_model_free)> model(
        argc > 1 ? bert_model_open(argv[1], nullptr, &err) : nullptr, bert_model_free);
    if (!model) return 1;
    std::cout << bert_version() << ' ' << bert_embed_cols(model.get(), nullptr) << '\n';
}
